import pytest

from proveout.providers.readiness import GaveUp, NotYet, probe


class Clock:
    """A clock that moves only when somebody pauses."""

    def __init__(self):
        self.time = 100.0
        self.pauses = []

    def __call__(self):
        return self.time

    def pause(self, seconds):
        self.pauses.append(seconds)
        self.time += seconds


class Server:
    """Answers from the `at`-th question on."""

    def __init__(self, at):
        self.at = at
        self.asked = 0

    def __call__(self):
        self.asked += 1
        if self.asked < self.at:
            raise NotYet(f"seen {self.asked} times")
        return "ready"


def ask(server, clock, *, within, every=1.0):
    return probe(server, within=within, every=every, clock=clock, pause=clock.pause)


def test_an_answer_at_once_costs_no_time():
    clock = Clock()
    assert ask(Server(1), clock, within=0) == "ready"
    assert clock.pauses == []


def test_a_question_is_asked_again_until_answered():
    clock, server = Clock(), Server(4)
    assert ask(server, clock, within=10) == "ready"
    assert server.asked == 4
    assert clock.pauses == [1.0, 1.0, 1.0]


def test_giving_up_tells_what_was_seen_last():
    clock, server = Clock(), Server(99)
    with pytest.raises(GaveUp, match="seen 6 times"):
        ask(server, clock, within=5)
    assert clock() - 100.0 <= 5


def test_the_last_moment_counts():
    assert ask(Server(6), Clock(), within=5) == "ready"
    with pytest.raises(GaveUp):
        ask(Server(7), Clock(), within=5)


def test_a_question_is_asked_at_least_once():
    server = Server(99)
    with pytest.raises(GaveUp, match="seen 1 times"):
        ask(server, Clock(), within=0)
    assert server.asked == 1


def test_another_error_ends_the_questions():
    def broken():
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(broken, Clock(), within=10)


def test_a_question_that_takes_long_is_not_asked_again_after_the_deadline():
    clock, server = Clock(), Server(99)

    def slow():
        clock.time += 7
        return server()

    with pytest.raises(GaveUp):
        ask(slow, clock, within=10)
    assert server.asked == 2
