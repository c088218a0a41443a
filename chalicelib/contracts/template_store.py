"""Where brands' own templates of terms are kept.

tenant#<brand id> / template#<template id>         a template
tenant#<brand id> / template_name#<its name>       its name, which is one template's only
"""

from chalicelib.adapters.dynamo import Item, Record, Transaction
from chalicelib.contracts.templates import BadTemplate, OwnTemplate
from chalicelib.core.access import Principal
from chalicelib.core.errors import NotFound

TABLE = "contracts"
TAKEN = "You have a template of this name already. Choose another name, or remove that one first."


class TemplateNotFound(NotFound):
    """There is no such template of this brand's."""


class TemplateItem(Item):
    """A template of a brand."""

    TABLE = TABLE
    template = Record(OwnTemplate)


class TemplateNameItem(Item):
    """A name that is taken."""

    TABLE = TABLE


class TemplateStore:
    """Own templates in DynamoDB."""

    def of(self, principal: Principal) -> tuple[OwnTemplate, ...]:
        """The templates of the caller's brand, oldest first."""
        return tuple(item.template for item in TemplateItem.under(_brand(principal.tenant_id), "template#"))

    def get(self, principal: Principal, template_id: str) -> OwnTemplate:
        """One of them. Raises `TemplateNotFound`."""
        item = TemplateItem.find(_brand(principal.tenant_id), _template(template_id))
        if item is None:
            raise TemplateNotFound("There is no such template.")
        return item.template

    def add(self, template: OwnTemplate) -> None:
        """Keep a new template. Raises `BadTemplate` where its name is taken."""
        transaction = Transaction().put_new(_name(template), _taken())
        transaction.put_new(_item(template)).commit()

    def rename(self, before: OwnTemplate, after: OwnTemplate) -> None:
        """Give a template another name. Raises `BadTemplate` where that is taken, `TemplateNotFound` where it has gone meanwhile."""
        transaction = Transaction()
        if _name(before).sk != _name(after).sk:
            transaction.delete(_name(before)).put_new(_name(after), _taken())
        gone = TemplateNotFound("There is no such template.")
        transaction.put(_item(after), TemplateItem.pk.exists(), gone).commit()

    def remove(self, template: OwnTemplate) -> None:
        """Forget a template."""
        Transaction().delete(_item(template)).delete(_name(template)).commit()


def _taken() -> BadTemplate:
    return BadTemplate(TAKEN, fields={"name": TAKEN})


def _brand(brand_id: str) -> str:
    return f"tenant#{brand_id}"


def _template(template_id: str) -> str:
    return f"template#{template_id}"


def _item(template: OwnTemplate) -> TemplateItem:
    return TemplateItem(_brand(template.brand_id), _template(template.template_id), template=template)


def _name(template: OwnTemplate) -> TemplateNameItem:
    return TemplateNameItem(_brand(template.brand_id), f"template_name#{template.name.casefold()}")
