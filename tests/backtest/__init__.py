"""How well the product's own estimator predicts a wave of public figures from earlier ones: `python -m tests.backtest FILE...`.

It runs `chalicelib/matching/expectation.py`, the code that the score is made with, on engagement instead of sales.
"""
