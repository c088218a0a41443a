"""What the money part costs and how fast it is, measured on the local engine: `python -m tests.bench`, or `make bench`.

Every figure comes from the product's own workers and rules, run in this process on the engine's tables and buckets; what it is
compared with runs beside it, in turns. Data is synthetic and seeded. Figures are written to `build/bench.json`.
"""
