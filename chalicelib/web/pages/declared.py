"""The one set of routes that all pages are declared on."""

from chalicelib.web.routes import Routes

routes = Routes("chalicelib.web.pages")
