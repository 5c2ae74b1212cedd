"""Selections: what a path, an id and a glob find, and what is about them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from workloads import Loop

from pausable.control.commands import Selection
from pausable.control.selection import is_about, matches, parts_of, select
from pausable.control.targets import Refusal


@pytest.fixture
def pools(make_pool):
    """Make two pools, with groups and tasks that wait."""
    loop = Loop()
    shop = make_pool(1, thread_name_prefix="shop")
    mail = make_pool(1, thread_name_prefix="mail")
    shop.group("images").group("small")
    mail.group("images")
    tasks = [shop.submit(loop), shop.options(name="nightly").submit(int)]
    tasks.append(shop.group("images").submit(int))
    assert loop.began.wait(10)
    return shop, mail, tasks


def paths(**on):
    """Return the paths of what a selection finds."""
    return [each.path for each in select(Selection(**on))]


def test_nothing_said_is_the_process(pools):
    """So is `all`, the empty path and the id 0."""
    for on in ({}, {"all": True}, {"path": ""}, {"id": 0}):
        assert paths(**on) == [""]


def test_by_path_and_id(pools):
    """Each pool, group and task is found by its path and by its id, also one with a name of its own."""
    shop, _, tasks = pools
    small = shop.group("images").group("small")
    for each in (shop, shop.group("images"), small, *tasks):
        assert paths(path=each.path) == [each.path] == paths(id=each.id)


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("*", ["mail", "shop"]),
        ("sh*", ["shop"]),
        ("[ms]*", ["mail", "shop"]),
        ("shop/image?", ["shop/images"]),
        ("*/images", ["mail/images", "shop/images"]),
        ("shop/*", ["shop/Loop-1", "shop/images", "shop/nightly#1"]),
        ("**/small", ["shop/images/small"]),
        ("**", ["mail", "shop"]),
        ("shop/**/int-*", ["shop/images/int-2"]),
        ("shop/**/**/int-*", ["shop/images/int-2"]),
        ("**/images", ["mail/images", "shop/images"]),
    ],
)
def test_by_glob(pools, glob, found):
    """A glob goes part by part; what is below something that matches is not selected on its own."""
    shop, mail, _ = pools  # whose paths have a number, if there were others of these names
    wanted = [each.replace("shop", shop.path).replace("mail", mail.path) for each in found]
    assert sorted(paths(glob=glob.replace("shop", shop.path))) == sorted(wanted)


@pytest.mark.parametrize(
    ("on", "says"),
    [
        ({"path": "shop/books"}, "of the path 'shop/books'; the pools are 'shop.*', 'mail.*'"),
        ({"path": "shopping"}, "of the path 'shopping'"),
        ({"id": 10**9}, "of the id 1000000000"),
        ({"glob": "x*"}, r"that matches 'x\*'"),
    ],
)
def test_nothing_of_the_kind(pools, on, says):
    """It is refused, with the pools that there are."""
    with pytest.raises(Refusal, match=says) as refused:
        select(Selection(**on))
    assert refused.value.code == "nothing-selected"


def test_a_name_with_the_characters_of_a_pattern(pools):
    """A glob that matches nothing is taken for the path that it is the text of."""
    shop, _, _ = pools
    group = shop.group("wares [new]")
    assert paths(glob=group.path) == [group.path]


def test_no_pool_at_all():
    """That is said, too."""
    with pytest.raises(Refusal, match="there is no pool at the moment"):
        select(Selection(path="shop"))


def test_only_one_thing_at_a_time():
    """A path and an id at once could mean two things."""
    with pytest.raises(Refusal, match="not by several"):
        select(Selection(path="shop", id=3))


def test_far_too_many(pools):
    """A glob that names thousands of tasks is refused: their scope can be selected."""
    shop, _, _ = pools
    shop.pause("for a test")
    futures = [shop.submit(int) for _ in range(1100)]
    with pytest.raises(Refusal, match="select the scope that they are in"):
        select(Selection(glob=f"{shop.path}/int-*"))
    for each in futures:
        each.cancel()
    shop.resume()


PART = st.text("ab", min_size=1, max_size=2)
WANTED = st.lists(st.sampled_from(["a", "b", "*", "**", "a*", "?"]), min_size=1, max_size=4)


@given(st.lists(PART, min_size=1, max_size=4), WANTED)
def test_globs_are_as_a_regular_expression_has_them(parts, wanted):
    """`*` and `?` within a part, `**` for any number of them."""
    one = {"**": "(?:[^/]+/)*", "*": "[^/]*/", "?": "[^/]/", "a*": "a[^/]*/"}
    pattern = "".join(one.get(each, f"{each}/") for each in wanted)
    assert matches(parts, parts_of("/".join(wanted))) == bool(
        re.fullmatch(pattern, "".join(f"{each}/" for each in parts))
    )


def test_a_glob_that_would_take_for_ever():
    """Thousands of `**` are one."""
    assert not matches(["a"] * 10, parts_of("/".join(["**"] * 10_000 + ["b"])))


@pytest.mark.parametrize(
    ("on", "path", "is_so"),
    [
        ({}, "shop", True),
        ({"path": "shop/images"}, "", True),
        ({"path": "shop/images"}, "shop", True),
        ({"path": "shop/images"}, "shop/images/a-1", True),
        ({"path": "shop/images"}, "shop/images2", False),
        ({"path": "shop/images"}, "shop/a-1", False),
        ({"path": "shop/images"}, "mail", False),
        ({"glob": "*/images"}, "shop", True),
        ({"glob": "*/images"}, "shop/images/a-1", True),
        ({"glob": "*/images"}, "shop/a-1", False),
        ({"glob": "s*"}, "mail", False),
        ({"glob": "**/a-*"}, "mail/x", True),
    ],
)
def test_what_happens_is_about_what_is_above_and_below(on, path, is_so):
    """Who watches a group is told what happens to its pool and to its tasks."""
    assert is_about(Selection(**on), path) is is_so
