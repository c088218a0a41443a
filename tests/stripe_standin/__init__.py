"""A small, persistent stand-in for the part of Stripe that Primetime uses: its semantics, not only its shapes.

It is a process of its own on the loopback interface. Each rule names the topic of Stripe's documentation it comes from.
Not simulated: currency conversion, disputes, card declines, Accounts v2, `source_transaction`.
"""
