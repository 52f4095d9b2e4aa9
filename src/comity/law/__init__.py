"""Law: packs of rules, dated sets, and the language that rules are written in."""
