"""Where imports, sale lines and the facts of shows are kept; the only place that knows their keys.

imports:     brand#<brand>  import#<import>         an import and how many of its parts are done
             file#<feed>    <sha256>                which import took these bytes: once per feed
             import#<id>    part#<n>                that a part is done, and its tally
             feed#<feed>    feed | pending#<import> | anew#<import>
                                                    where the feed stands; imports that wait to be linked, or to be attributed anew
             under-way      <brand>#<import>        imports that have not ended, for the schedule to look at
sale_lines:  <brand>#<line> line                    each line once, under its own identity
show_sales:  show#<show>#<shard>  sales#<import>#<part>#<n> | sales#<feed>#<decision>#<n> | refund#<line>#<fact>
"""

from chalicelib.sales.store.imports import ImportStore
from chalicelib.sales.store.lines import LineStore

__all__ = ["ImportStore", "LineStore"]
