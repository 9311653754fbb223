"""The entry "Lessons": steps in teaching order, each a state of the page with a question and an answer in its numbers.

`steps.toml` says what each step opens and asks, `texts/` has its words, one file a language. A step and a language are
added there, without code.
"""
