"""What the API lets in and what it refuses."""

import urllib.error
import urllib.request


def ask(method, url, token=None):
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method=method, headers=headers)) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def test_whoever_may_read_reads_and_whoever_may_write_writes(issuer, api):
    alice, bob = issuer["users"]["alice"], issuer["users"]["bob"]
    assert ask("GET", api, alice["token"]) == 200
    assert ask("POST", api, alice["token"]) == 200
    assert ask("GET", api, bob["token"]) == 200
    assert ask("POST", api, bob["token"]) == 403


def test_a_token_does_what_it_was_made_for_and_no_more(issuer, api):
    tokens = issuer["users"]["alice"]["tokens"]
    assert ask("GET", api, tokens["items:read"]) == 200
    assert ask("POST", api, tokens["items:read"]) == 403
    assert ask("GET", api, tokens[""]) == 403


def test_nobody_and_every_token_that_is_no_good_is_refused(issuer, api):
    assert ask("GET", api) == 401
    for name, token in issuer["refused"].items():
        assert ask("GET", api, token) == 401, name
        assert ask("POST", api, token) == 401, name


def test_what_only_the_issuer_knows_to_have_ended_writes_nothing(issuer, api):
    for name, token in issuer["ended"].items():
        assert ask("POST", api, token) == 401, name
