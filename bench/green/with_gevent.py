# The same measures in gevent (Debian: python3-gevent): python3 bench/green/with_gevent.py
import time

import gevent
from gevent.queue import Queue

ROUNDS = 5


def median(name, count, body):
    figures = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        body(count)
        figures.append((time.perf_counter() - start) * 1e6 / count)
    figures.sort()
    print('%-28s %.2f us' % (name, figures[ROUNDS // 2]))


def ping_pong(count):
    there, back = Queue(), Queue()

    def other():
        for _ in range(count):
            back.put(there.get())

    greenlet = gevent.spawn(other)
    for i in range(count):
        there.put(i)
        back.get()
    greenlet.join()


def turns(greenlets):
    def body(count):
        def turn():
            for _ in range(count // greenlets):
                gevent.sleep(0)

        gevent.joinall([gevent.spawn(turn) for _ in range(greenlets)])

    return body


def spawn_join(count):
    for i in range(count):
        gevent.spawn(lambda: i).join()


def spawn_finish(count):
    for i in range(count):
        gevent.spawn(lambda: i)
        if i % 100 == 99:
            gevent.sleep(0)


median('queue ping-pong, round trip', 100000, ping_pong)
median('sleep(0), ten threads', 100000, turns(10))
median('spawn and join', 100000, spawn_join)
median('spawn and finish', 100000, spawn_finish)
median('sleep(0) among 1000 threads', 100000, turns(1000))
print('gevent', gevent.__version__)
