"""A flood costs only so much memory, whatever it is made of, and changes nothing for posts beside it."""

import pytest
from detect_make import crisis, scored

from bench.city import JURISDICTIONS, START, Attack, City
from bench.detect import measure
from config.alerts import load_alerts
from consumers.detect import Detector
from consumers.readings import as_event_post
from models.clusters import Clusterer
from models.events import EventPost
from models.remembered import ClusterRule

SMALL = ClusterRule(max_hour=100, max_single=400, max_events=200, max_posts=2000)
FLOOD = 4000


@pytest.fixture(scope="module", params=["copies", "random"])
def attack(request: pytest.FixtureRequest) -> Attack:
    attack: Attack = request.param
    return attack


def test_of_a_flood_only_so_many_small_events_stay(attack: Attack) -> None:
    detector = Detector(load_alerts(), clusters=SMALL)
    for post in City(FLOOD, 1.0, seed=8).flood(attack, START, JURISDICTIONS[:2]):
        detector.handle([post])
    for place in JURISDICTIONS[:2]:
        clusters = detector._places[place].clusters
        small = [e for e in clusters.events.values() if e.posts < 5 and not e.told]
        assert len(small) <= 2 * (SMALL.max_hour + 1)
        assert len(clusters.events) <= SMALL.max_single + SMALL.max_events
        assert len(clusters) <= SMALL.max_posts + 1
        assert set(clusters._singles).isdisjoint(clusters._grown)
        assert {*clusters._singles, *clusters._grown} == set(clusters.events.values())
        assert set(clusters._waiting.values()) <= set(clusters.events.values())


def test_a_flood_changes_no_alert_elsewhere(attack: Attack) -> None:
    found = measure(6000, 1.0, attack, FLOOD, rule=SMALL)
    assert found["alerts_without"]
    assert found["of_these_other_elsewhere"] == 0


def crowd(name: str, many: int, minutes: float, **more: bool) -> list[EventPost]:
    return [
        as_event_post(scored(f"{name}{n}", minutes + n / many, text=f"{name}{n}号路口", **more)) for n in range(many)
    ]


def test_noise_pushes_out_nothing_that_is_about_the_police() -> None:
    clusters = Clusterer(ClusterRule(max_hour=10))
    for post in (*crowd("police", 9, 0), *crowd("noise", 100, 2, relevant=False)):
        clusters.add(post)
    assert all(clusters.member(f"ppolice{n}") for n in range(9))
    assert len(clusters.events) == 9 + 11


def test_an_hour_that_floods_leaves_what_was_there_before() -> None:
    clusters = Clusterer(ClusterRule(max_hour=10))
    for post in (*crowd("before", 9, 0), *crowd("flood", 100, 70)):
        clusters.add(post)
    assert all(clusters.member(f"pbefore{n}") for n in range(9))
    assert clusters.member("pflood0") is None
    assert clusters.member("pflood99") is not None
    assert len(clusters.events) == 9 + 11


def test_what_people_know_or_talk_about_stays_in_a_flood() -> None:
    clusters = Clusterer(ClusterRule(max_hour=10))
    for message in crisis(5):
        talked = clusters.add(as_event_post(message)).event
    known = clusters.add(as_event_post(scored("known", 1))).event
    known.told = True
    for post in crowd("flood", 100, 2):
        clusters.add(post)
    assert {talked, known} <= set(clusters.events.values())
    assert len(clusters.events) == 2 + 11


def test_a_back_fill_is_no_flood() -> None:
    clusters = Clusterer(ClusterRule(max_hour=10))
    for post in (*crowd("now", 1, 300), *crowd("old", 100, 0)):
        clusters.add(post)
    assert len(clusters.events) == 101
