"""The check: judged questions against the read side; measures, intervals, comparison, report."""
