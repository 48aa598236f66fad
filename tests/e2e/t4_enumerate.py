# SPDX-License-Identifier: MIT
"""Enumerate, Pull and Release over sixty jobs."""
import soap
from lab import eq, test

JOBS, PAGE = 60, 7


def sixty(w):
    agent = w.agent()
    client = agent.client()
    ids = [client.create("job %d" % n, "http://127.0.0.1:9/%d" % n, agent.target("f%d" % n), Suspend=True)
           for n in range(JOBS)]
    eq(len(set(ids)), JOBS, "different JobIds")
    return agent, client, ids


def pages(client, first, ns_items=soap.N):
    """Every page after `first`, checked for its size."""
    batch = first
    while not batch.end:
        assert batch.context, "no EndOfSequence and no context"
        batch = client.pull(soap.JOB, batch.context, PAGE)
        assert len(batch.items) <= PAGE, "%d items in one page" % len(batch.items)
        assert batch.items or batch.end, "an empty page in the middle"
        if batch.end:
            assert not batch.has_context, "a context in the last PullResponse"
        yield batch


def refused_context(client, context):
    try:
        client.pull(soap.JOB, context, PAGE)
    except soap.Fault as fault:
        eq((fault.subcode, fault.codes[0], fault.status), ("n:InvalidEnumerationContext", 2150858779, 500))
        assert fault.text
        return
    raise AssertionError("a context that is over was accepted")


@test()
def each_job_comes_exactly_once_and_never_more_than_asked(w):
    agent, client, ids = sixty(w)
    first = client.enumerate(soap.JOB, max_elements=PAGE)
    eq((first.items, first.end), ([], False), "a plain EnumerateResponse")
    context, seen, sizes = first.context, [], []
    for batch in pages(client, first):
        sizes.append(len(batch.items))
        seen += [soap.record(item) for item in batch.items]
    eq([job["JobId"] for job in seen], ids, "JobIds in the order of creation")
    eq([job["DisplayName"] for job in seen], ["job %d" % n for n in range(JOBS)], "DisplayNames")
    eq(sum(sizes), JOBS, "items")
    refused_context(client, context)
    eq(agent.alive(), True)


@test()
def optimized_enumeration_fills_the_first_answer(w):
    agent, client, ids = sixty(w)
    first = client.enumerate(soap.JOB, optimize=True, max_elements=PAGE)
    assert first.has_context, "no EnumerationContext element"
    assert 1 <= len(first.items) <= PAGE, "%d items in the first answer" % len(first.items)
    seen = [soap.record(item)["JobId"] for item in first.items]
    for batch in pages(client, first):
        seen += [soap.record(item)["JobId"] for item in batch.items]
    eq(seen, ids, "JobIds")
    everything = client.enumerate(soap.JOB, optimize=True, max_elements=32000)
    seen = [soap.record(item)["JobId"] for item in everything.items]
    while not everything.end:
        everything = client.pull(soap.JOB, everything.context, 32000)
        seen += [soap.record(item)["JobId"] for item in everything.items]
    eq(seen, ids, "JobIds by large pages")


@test()
def references_lead_back_to_their_instances(w):
    agent, client, ids = sixty(w)
    seen = []
    for batch in pages(client, client.enumerate(soap.JOB, mode="EnumerateEPR")):
        for item in batch.items:
            eq(item.tag, "{%s}EndpointReference" % soap.A, "item")
            selectors = soap.epr_selectors(item)
            eq(selectors.pop(None).lower(), soap.JOB.lower(), "ResourceURI of the reference")
            seen.append(selectors["JobId"])
            if len(seen) % 20 == 1:
                eq(client.get(soap.JOB, **selectors)["JobId"], selectors["JobId"], "Get by the reference")
    eq(seen, ids, "JobIds of the references")


@test()
def object_and_reference_come_in_pairs(w):
    agent, client, ids = sixty(w)
    seen = []
    for batch in pages(client, client.enumerate(soap.JOB, mode="EnumerateObjectAndEPR")):
        for item in batch.items:
            eq(item.tag, "{%s}Item" % soap.W, "item")
            eq([soap.local(child) for child in item], ["BitsClientJob", "EndpointReference"], "members of the item")
            job, epr = soap.record(item[0]), soap.epr_selectors(item[1])
            eq(epr["JobId"], job["JobId"], "JobId of instance and reference")
            seen.append(job["JobId"])
    eq(seen, ids, "JobIds")


@test()
def a_released_enumeration_is_over(w):
    agent, client, ids = sixty(w)
    first = client.enumerate(soap.JOB)
    batch = client.pull(soap.JOB, first.context, PAGE)
    eq(len(batch.items), PAGE, "items of the first page")
    client.release(soap.JOB, batch.context)
    refused_context(client, batch.context)
    refused_context(client, "uuid:00000000-0000-4000-8000-000000000000")
    eq(len(client.all(soap.JOB)), JOBS, "jobs of a new enumeration")


@test()
def jobs_that_come_and_go_between_pulls_disturb_nobody_else(w):
    agent, client, ids = sixty(w)
    first = client.enumerate(soap.JOB)
    batch = client.pull(soap.JOB, first.context, PAGE)
    seen = [soap.record(item)["JobId"] for item in batch.items]
    gone = [ids[0], ids[PAGE - 1], ids[PAGE], ids[30]]
    for job in gone:
        client.set_state(job, soap.CANCEL)
    for batch in pages(client, batch):
        seen += [soap.record(item)["JobId"] for item in batch.items]
    eq(seen, [job for job in ids if job in ids[:PAGE] or job not in gone], "JobIds")


@test()
def pull_without_max_elements_gives_one(w):
    agent, client, ids = sixty(w)
    first = client.enumerate(soap.JOB)
    eq(len(client.pull(soap.JOB, first.context).items), 1, "items")


@test()
def an_empty_enumeration_ends_at_once(w):
    client = w.agent().client()
    first = client.enumerate(soap.JOB, optimize=True, max_elements=PAGE)
    eq((first.items, first.end, first.context), ([], True, ""), "items, end, context")
    plain = client.enumerate(soap.JOB)
    last = client.pull(soap.JOB, plain.context, PAGE)
    eq((last.items, last.end), ([], True), "items and end of the only Pull")
