"""The bench's M/M/4 queue at 80 % load in SimPy 4: prints customers a second.

Optional: SIMPY_PYTHON=/path/to/python cargo bench -p patternscope-engine
"""

import random
import statistics
import time

import simpy

CUSTOMERS, TURNS = 40_000, 5
MEAN_SERVICE, WORKERS = 0.09, 4
RATE = 0.8 * WORKERS / MEAN_SERVICE


def customer(environment, workers):
    with workers.request() as request:
        yield request
        yield environment.timeout(random.expovariate(1 / MEAN_SERVICE))


def source(environment, workers):
    for _ in range(CUSTOMERS):
        yield environment.timeout(random.expovariate(RATE))
        environment.process(customer(environment, workers))


def customers_per_second(seed):
    random.seed(seed)
    environment = simpy.Environment()
    environment.process(source(environment, simpy.Resource(environment, WORKERS)))
    start = time.perf_counter()
    environment.run()
    return CUSTOMERS / (time.perf_counter() - start)


print(round(statistics.median(customers_per_second(seed) for seed in range(TURNS))))
