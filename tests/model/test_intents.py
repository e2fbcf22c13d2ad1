"""Greetings and overviews in many languages are known by one head; what looks alike is searched."""

from __future__ import annotations

import pytest

from index.embedding.packaged import PackagedEmbedder
from rag.assemble import Services
from rag.assistant import Assistant, Step, VerifiedSentence
from rag.intents import QUESTION, Intents
from rag.replies import is_spoken
from rag.settings import Settings
from rag.types import Answer
from rag.write import ExtractiveGenerator
from ui.chat.answers import answer_html, evidence_html
from ui.cli.text import answer_text


@pytest.fixture
def over_bell(make_builder, make_searcher, reader, intents, write, seeds, home) -> Assistant:
    """An assistant over one document."""
    write(seeds, {"bell.txt": "The bell of Tarn weighs two tons."})
    make_builder(seeds, home).build()
    writer = ExtractiveGenerator(3)
    chosen = Settings(seeds=seeds, home=home)
    return Assistant(chosen, make_searcher(home), reader, intents, writer, writer)


# As people write it, most of it in other words than the examples of training/intents.toml.
SMALL = {
    "hello": "hello there|Hallo zusammen|Bonjour !|¡Hola, buenas!|Ciao a tutti|Olá!|Hoi|Hej|Hei!|"
    "Cześć!|Здравствуйте!|Merhaba|你好|こんにちは|안녕하세요|مرحبا",
    "thanks": "thanks a lot!|Danke dir|Merci !|Muchas gracias|Grazie tante|Muito obrigado!|"
    "Dank je wel|Tack så mycket!|Dziękuję bardzo|Спасибо!|Çok teşekkür ederim|谢谢你！|"
    "ありがとうございます|감사합니다",
    "bye": "bye for now|Tschüss!|Au revoir !|Adiós|Arrivederci!|Tchau!|Tot ziens!|Hej då!|"
    "Do widzenia|До свидания!|Hoşça kal|再见|さようなら",
    "self": "Who are you?|What can you do for me?|What can I ask?|Wer bist du?|Qui êtes-vous ?|"
    "¿Quién eres?|Chi sei?|Quem é você?|Wie ben je?|Vem är du?|Kim jesteś?|Кто ты?|Sen kimsin?|"
    "你是谁？|あなたは誰ですか？|누구세요?",
}
OVERVIEW = {
    "about": "What are all these files about?|Worum geht es in den Dokumenten?|De quoi parlent les"
    " fichiers ?|¿De qué tratan los documentos?|Di cosa parlano i documenti?|Sobre o que são os"
    " documentos?|Waar gaan de documenten over?|Vad handlar dokumenten om?|O czym są te pliki?|"
    "О чём эти документы?|Belgeler ne hakkında?|这些文件讲什么？|これらの文書は何についてですか？",
    "list": "Which documents do you have?|Welche Dateien gibt es?|Quels documents avez-vous ?|"
    "¿Qué archivos hay?|Quali documenti ci sono?|Quais arquivos existem?|Welke bestanden heb je?|"
    "Vilka filer finns det?|Jakie dokumenty masz?|Какие файлы есть?|Hangi belgeler var?|"
    "有哪些文件？",
    "count": "How many documents do you have?|Wie viele Dateien gibt es?|Combien de documents y"
    " a-t-il ?|¿Cuántos documentos hay?|Quanti file ci sono?|Quantos documentos há?|Hoeveel"
    " bestanden heb je?|Hur många filer finns det?|Ile plików masz?|Сколько документов есть?|"
    "Kaç belge var?|一共有多少个文件？",
    "one": "What's this document about?|What is this paper about?|Worum geht es in diesem Papier?|"
    "¿De qué trata este libro?|Di cosa tratta questo documento?|О чём этот текст?|"
    "这篇文章讲的是什么？",
    "newest": "What is the newest document?|Welches Dokument ist das neueste?|Quel est le document"
    " le plus récent ?|¿Cuál es el documento más reciente?|Qual è il file più recente?|Какой"
    " документ самый новый?|最新的文件是哪个？",
}
# Versions and changes of documents that the examples do not name.
NAMED = {
    "newest": "Welche Fassung der Parkordnung gilt?|Was ist die neueste Version des"
    " Brandschutzplans?|Quelle version du cahier des charges est en vigueur ?|¿Cuál es la última"
    " versión del manual de buceo?|Quale versione del piano antincendio è in vigore?|Какая редакция"
    " договора аренды действует?|现行的消防预案是哪个版本？|防災計画の最新版はどれですか？|"
    "Welke versie van het brandplan geldt?|Która wersja planu ewakuacji obowiązuje?",
    "changes": "What changed between the 2024 and the 2026 mooring rules?|What changed in the"
    " tariffs between 2024 and 2026?|Was ist neu in der Badeordnung 2026?|Quoi de neuf dans le"
    " cahier des charges 2026 ?|¿Qué cambió entre el convenio de 2023 y el de 2025?|Wat is er nieuw"
    " in het brandplan 2026?|2023年和2025年的消防预案有什么不同？|2023년과 2025년 소방 계획 사이에"
    " 무엇이 바뀌었나요?",
}
LOOK_ALIKE = [
    "What is the newest model of the crane?",
    "Who signed the newest mooring contract?",
    "What does the mooring contract of 2026 say about insurance?",
    "Which version of Linux does the server need?",
    "Welche Regel gilt für Hunde im Park?",
    "Quel est le plus récent bateau du club ?",
    "俱乐部最新的船是哪一艘？",
    "Hello Kitty: who owns it?",
    "Thanks to whom was the bell cast?",
    "Who are you going to call according to the ad?",
    "help desk phone number",
    "Hi, when was the summit?",
    "How do you work the ferry's winch?",
    "What can you do about phishing?",
    "Who made the bell?",
    "What is the goodbye ceremony?",
    "Good Friday opening hours",
    "Thank you letter template",
    "Are you allowed to fish in Tarn?",
    "Why?",
    "And in 2007?",
    "What is the document retention period?",
    "How many documents must be filed?",
    "Which documents did the ministers sign?",
    "What documents are needed for a visa?",
    "What is the newest member of the union?",
    "What does the report say about costs?",
    "How many files can be attached to a message?",
    "Wie viele Dokumente muss man einreichen?",
    "Welche Dokumente haben die Präsidenten unterschrieben?",
    "Combien de documents ont été signés à Paris ?",
    "¿Qué documentos hacen falta para la inscripción?",
    "Какие документы подписали президенты?",
    "签证需要哪些文件？",
    "谢谢的历史是什么？",
    "How do I add a PDF?",
    "Wie lösche ich eine Datei?",
    "Perché?",
    "Кто его построил?",
    "",
]


@pytest.mark.parametrize("kind", NAMED)
def test_a_question_for_versions_is_known_with_a_name_that_no_example_has(intents, kind) -> None:
    questions = NAMED[kind].split("|")
    assert [question for question in questions if intents.of(question) != kind] == []


@pytest.mark.parametrize("kind", SMALL | OVERVIEW)
def test_a_message_is_known_in_many_languages(intents, kind) -> None:
    messages = (SMALL | OVERVIEW)[kind].split("|")
    missed = {message: intents.of(message) for message in messages}
    missed = {message: found for message, found in missed.items() if found != kind}
    assert missed == {}


@pytest.mark.parametrize("question", LOOK_ALIKE)
def test_what_only_looks_alike_is_searched(intents, question) -> None:
    assert intents.of(question) == QUESTION


# In other words than the examples of training/asked.toml.
LEANING = [
    "Who were her parents?",
    "¿Y su hermana?",
    "Et qui l'a remplacé ?",
    "Und wer leitet sie heute?",
    "А кто её возглавляет?",
    "他的妻子是谁？",
    "それを発明したのは誰ですか？",
    "E chi lo dirige?",
    "그건 누가 발명했나요?",
]
ALONE = [
    "Who were the parents of Marie Curie?",
    "¿Quién dirige el museo de Bilbao?",
    "Wer leitet das Klinikum Essen?",
    "Quand la tour Eiffel a-t-elle été construite ?",
    "Кто возглавляет музей Эрмитаж?",
    "谁发明了电话？",
    "東京タワーの高さは?",
]


def test_a_question_leans_back_or_stands_alone_in_many_languages(intents) -> None:
    assert [q for q in LEANING if intents.leaning(q) < 0.45] == []
    assert [q for q in ALONE if intents.leaning(q) >= 0.45] == []


# In other words than the examples of training/asked.toml.
POLAR = (
    "Is smoking permitted on the balcony?|does the ferry run on Sundays|Did Maria win the prize?"
    "|Kann ich mit Karte zahlen?|Le magasin vend-il du pain ?|¿Funciona el ascensor?"
    "|È vietato fumare?|Продаёт ли аптека очки?|这家店卖面包吗？|この薬は子供に使えますか？"
    "|이 약은 아이에게 써도 되나요?|هل الباب مغلق؟"
).split("|")
OPEN = (
    "When does the ferry leave?|who won the prize in 1998|How much is a ticket?"
    "|Wer hat den Preis gewonnen?|Où se trouve la pharmacie ?|¿Cuánto pesa la campana?"
    "|Dove si trova la farmacia?|Когда отходит паром?|这座桥有多长？|この橋の長さは？"
    "|다리의 길이는 얼마인가요?|كم يبلغ طول الجسر؟"
).split("|")


def test_a_question_that_wants_a_yes_or_no_is_mostly_known(intents) -> None:
    assert sum(intents.polar(q) >= 0.5 for q in POLAR) >= 10  # of 12
    assert [q for q in OPEN if intents.polar(q) >= 0.5] == []


def test_a_long_message_is_a_question(intents) -> None:
    assert intents.of("Thanks a lot! " * 30) == QUESTION


def test_small_talk_is_answered_in_its_language(intents) -> None:
    expected = "en de fr es it pt nl sv pl ru tr zh ja ko ar".split()
    greetings = (
        "Good morning!|Guten Tag!|Bonjour|¡Hola!|Buongiorno|Bom dia|Goedemorgen|God morgon"
        "|Dzień dobry|Привет|Merhaba|你好|こんにちは|안녕하세요|مرحبا"
    )
    found = [intents.language(message) for message in greetings.split("|")]
    assert found == expected
    assert all(map(is_spoken, found))


@pytest.mark.parametrize(
    ("message", "documents", "expected"),
    [
        ("hi", ["en", "en", "en"], "en"),
        ("Hi!", ["de"], "de"),
        ("Hallo", ["de", "de", "en"], "de"),
        ("Guten Tag", ["en"], "de"),
        ("ok", ["fr"], "fr"),
        ("Привет", ["en"], "ru"),
    ],
)
def test_a_greeting_of_several_languages_is_in_that_of_the_documents(
    intents, message, documents, expected
) -> None:
    assert intents.language(message, documents) == expected


def test_small_talk_is_answered_without_a_search(over_bell: Assistant) -> None:
    (given,) = over_bell.stream("Hello!")
    assert isinstance(given, Answer)
    assert (given.remark or "").startswith("Hello! I am Footnote.")
    assert given.remark == given.text
    assert not given.abstained
    assert given.passages == given.sentences == given.citations == ()
    encoded = given.as_json()
    assert (encoded["answer"], encoded["sentences"], encoded["abstained"]) == (
        given.remark,
        [],
        False,
    )
    assert answer_text(given) == given.remark
    assert '<p class="fn-remark">Hello! I am Footnote.' in answer_html(1, [], [], given)
    assert "supported" not in answer_html(1, [], [], given)
    shown = evidence_html(1, given, over_bell.searcher.generation())
    assert "Nothing to show here." in shown


def test_a_greeted_question_is_answered(over_bell: Assistant) -> None:
    *events, given = over_bell.stream("Hi, how heavy is the bell of Tarn?")
    assert isinstance(given, Answer)
    assert given.remark is None
    assert "two tons" in given.text
    assert all(isinstance(event, Step | VerifiedSentence) for event in events)


def test_with_the_english_model_small_talk_is_known_in_all_languages(seeds, home) -> None:
    services = Services(Settings(seeds=seeds, home=home, embedding="all-MiniLM-L6-v2"))
    assert services.intents.of("Большое спасибо!") == "thanks"


def test_the_head_reads_the_vectors_of_the_shipped_model(real_embedder) -> None:
    assert isinstance(real_embedder, PackagedEmbedder)
    assert Intents(real_embedder.embed_query).of("Hello!") == "hello"


def test_what_only_a_figure_answers_is_known_in_many_languages(intents):
    wanted = "How steep is the ramp?|Was kostet das Kanu?|Quanto pesa la campana?|Ile waży dzwon?|"
    wanted += "体育馆的面积是多少？|鐘の重さはどのくらいですか"
    others = "Who repaired the ramp?|Warum ist das Kanu rot?|Dove si trova la campana?|"
    others += "Kto naprawił dzwon?|谁修了体育馆？|鐘はどこにありますか"
    assert all(intents.figure(question) >= 0.7 for question in wanted.split("|"))
    assert not any(intents.figure(question) >= 0.7 for question in others.split("|"))
