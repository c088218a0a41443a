"""The deployed app: every feature's routes, and the event handlers, which only delegate."""

from collections.abc import Mapping
from typing import Any

from chalice.app import Chalice, Request, Response

from chalicelib import jobs, wiring, workers
from chalicelib.adapters import logs
from chalicelib.bookings.handlers import routes as bookings
from chalicelib.contracts.handlers import routes as contracts
from chalicelib.contracts.template_handlers import routes as templates
from chalicelib.directory.handlers import routes as directory
from chalicelib.endings.handlers import routes as endings
from chalicelib.ledger.handlers import routes as ledger
from chalicelib.matching.approach_handlers import routes as approaches
from chalicelib.matching.handlers import routes as matching
from chalicelib.notices.handlers import routes as notices
from chalicelib.payouts.handlers import routes as payouts
from chalicelib.planning.handlers import routes as planning
from chalicelib.reconciliation.handlers import routes as reconciliation
from chalicelib.sales.handlers import routes as sales
from chalicelib.shows.handlers import routes as shows
from chalicelib.web import kit
from chalicelib.web.handlers import routes as web
from chalicelib.web.pages import routes as pages
from chalicelib.web.routes import Declared, answer_with

logs.configure()
app = Chalice(app_name="primetime")
ROUTES = (
    web,
    pages,
    directory,
    notices,
    matching,
    approaches,
    bookings,
    contracts,
    templates,
    planning,
    shows,
    sales,
    ledger,
    payouts,
    endings,
    reconciliation,
)
for routes in ROUTES:
    app.register_blueprint(routes)
kit.declare([declared for routes in ROUTES for declared in routes.declared])


def answer(declared: Declared, request: Request, parameters: Mapping[str, str]) -> Response:
    """The endpoint's answer; services are built when the first request comes, not when this module is read."""
    return wiring.services().web.endpoint(declared, request, parameters)


answer_with(answer)
Event = dict[str, Any]


@app.lambda_function(name="on_outbox")
def on_outbox(event: Event, context: object) -> None:  # noqa: ARG001  # Lambda calls with both
    """New outbox records, from the table's stream."""
    workers.forward_outbox(event, wiring.services().queues)


@app.lambda_function(name="on_import")
def on_import(event: Event, context: object) -> Event:  # noqa: ARG001
    """Uploaded sales files, from the bucket's notifications."""
    return workers.each_message(event, wiring.services().import_work)


@app.lambda_function(name="on_part")
def on_part(event: Event, context: object) -> Event:  # noqa: ARG001
    """Parts of parsed files."""
    return workers.each_message(event, wiring.services().part_work)


@app.lambda_function(name="on_work")
def on_work(event: Event, context: object) -> Event:  # noqa: ARG001
    """Everything between a fact and the ledger, and publishing."""
    return workers.each_message(event, wiring.services().general_work)


@app.lambda_function(name="on_payouts")
def on_payouts(event: Event, context: object) -> Event:  # noqa: ARG001
    """Everything that talks to Stripe."""
    return workers.each_message(event, wiring.services().payout_work)


@app.lambda_function(name="on_plan")
def on_plan(event: Event, context: object) -> Event:  # noqa: ARG001
    """Plans: each holds a function for minutes, so nothing else waits behind them."""
    return workers.each_message(event, workers.by_topic({"planning.plan": wiring.services().planning.work}))


@app.lambda_function(name="on_mail")
def on_mail(event: Event, context: object) -> Event:  # noqa: ARG001
    """Mail: the one function that may send any."""
    return workers.each_message(event, workers.by_topic({"notices.send": wiring.services().notices.sending.send}))


@app.lambda_function(name="on_probe")
def on_probe(event: Event, context: object) -> Event:  # noqa: ARG001
    """Looks at product links: it reaches addresses that people typed in, so it may touch next to nothing else."""
    return workers.each_message(event, jobs.probe_work(wiring.services()))


@app.lambda_function(name="on_tick")
def on_tick(event: Event, context: object) -> None:  # noqa: ARG001
    """Each minute: what time itself changes, and what was left behind."""
    wiring.services().tick()
