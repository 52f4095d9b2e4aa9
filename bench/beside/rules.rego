# The rules of transfers.md. Rego has no third value: what a flow does not tell is undefined. So each condition is asked
# twice, whether it surely holds (`x`) and whether it may hold (`may_x`: what it needs is true or not known). What is
# negated is a rule of its own: within `not`, an undefined argument would fail and not be false.
package rules

import rego.v1

authorities := {"State", "public-authority"}

private := {"controller", "processor", "provider"}

# What several rules ask.

personal if input.personal

may_personal if not input.personal == false

home(code) := object.get(data.state_of, code, code)

abroad if home(input.from) != home(input.to)

at_home if home(input.from) == home(input.to)

may_abroad if not at_home

by_authority if input["sender.role"] in authorities

by_other if {
	role := input["sender.role"]
	not role in authorities
}

to_authority if input["recipient.role"] in authorities

to_other if {
	role := input["recipient.role"]
	not role in authorities
}

holds(safeguard) if safeguard in input.safeguards

may_hold(safeguard) if holds(safeguard)

may_hold(_) if not input.safeguards

permitted if {
	some safeguard in input.safeguards
	data.sets.LEGAL_PERMISSIONS[safeguard]
}

permitted if {
	input.at < data.changes.old_clauses_end
	holds("scc-2010")
}

permitted if {
	input.at >= data.changes.cac_contract_begins
	holds("cac-standard-contract")
}

may_permit if permitted

may_permit if not input.safeguards

# GDPR, Chapter V

third_country if {
	input.to
	not data.sets.EEA[input.to]
}

in_area if data.sets.EEA[input.to]

may_third_country if not in_area

no_individual if input["sender.role"] != "individual"

may_no_individual if not input["sender.role"] == "individual"

reached if data.sets.GDPR_TERRITORY[input.from]

reached if {
	serves_here
	some place in input.subjects
	data.sets.GDPR_TERRITORY[place]
}

may_reach if reached

may_reach if not input.from

may_reach if {
	serves_here
	not input.subjects
}

serves_here if {
	some place in input["sender.serves"]
	data.sets.GDPR_TERRITORY[place]
}

public_sector if {
	input.to in {"CA", "JP"}
	role := input["recipient.role"]
	not role in private
}

may_public_sector if {
	input.to in {"CA", "JP"}
	not to_private
}

to_private if input["recipient.role"] in private

realm if {
	input.to == "FO"
	to_authority
	"DK" in input["recipient.seat"]
}

may_realm if {
	input.to == "FO"
	not to_other
	may_sit_in_denmark
}

may_sit_in_denmark if "DK" in input["recipient.seat"]

may_sit_in_denmark if not input["recipient.seat"]

framework if {
	input.at >= data.changes.framework_begins
	input.to == "US"
}

safeguard if {
	holds("public-body-instrument")
	by_authority
	to_authority
}

safeguard if holds("bcr")

safeguard if holds("scc-2021")

safeguard if {
	input.at < data.changes.old_clauses_end
	holds("scc-2010")
}

may_safeguard if not input.safeguards

may_safeguard if safeguard

may_safeguard if {
	holds("public-body-instrument")
	not by_other
	not to_other
}

derogation if holds("explicit-consent")

derogation if holds("contract-necessity")

derogation if {
	holds("compelling-interest")
	holds("authority-notified")
	holds("subjects-informed")
}

may_derogate if derogation

may_derogate if not input.safeguards

scope contains "art-44" if {
	personal
	third_country
	no_individual
	reached
	not input.same_party
}

may_scope contains "art-44" if {
	may_personal
	may_third_country
	may_no_individual
	may_reach
	not input.same_party
}

lawful contains "art-44" if data.sets.EU_ADEQUATE[input.to]

lawful contains "art-44" if {
	data.sets.EU_ADEQUATE_PARTLY[input.to]
	not may_public_sector
	not may_realm
}

lawful contains "art-44" if {
	framework
	"dpf" in input["recipient.certifications"]
}

lawful contains "art-44" if {
	holds("transfer-impact-assessment")
	safeguard
}

lawful contains "art-44" if {
	by_other
	derogation
}

lawful contains "art-44" if holds("legal-claims")

may_lawful contains "art-44" if not input.to

may_lawful contains "art-44" if data.sets.EU_ADEQUATE[input.to]

may_lawful contains "art-44" if {
	data.sets.EU_ADEQUATE_PARTLY[input.to]
	not public_sector
	not realm
}

may_lawful contains "art-44" if {
	framework
	"dpf" in input["recipient.certifications"]
}

may_lawful contains "art-44" if {
	framework
	not input["recipient.certifications"]
}

may_lawful contains "art-44" if {
	may_hold("transfer-impact-assessment")
	may_safeguard
}

may_lawful contains "art-44" if {
	not by_authority
	may_derogate
}

may_lawful contains "art-44" if may_hold("legal-claims")

# Commitment 2

scope contains "2a" if {
	input.critical
	abroad
}

may_scope contains "2a" if {
	not input.critical == false
	may_abroad
}

lawful contains "2a" if {
	alert := input.alert
	not data.sets.ATTACK_ALERTS[alert]
}

may_lawful contains "2a" if not attack

attack if data.sets.ATTACK_ALERTS[input.alert]

scope contains "2b" if {
	input.important
	abroad
}

may_scope contains "2b" if {
	not input.important == false
	may_abroad
}

lawful contains "2b" if holds("authority-approved")

lawful contains "2b" if {
	holds("cac-assessment")
	input.from == "CN"
}

may_lawful contains "2b" if may_hold("authority-approved")

may_lawful contains "2b" if {
	may_hold("cac-assessment")
	not sent_from_elsewhere
}

sent_from_elsewhere if input.from != "CN"

# Commitment 3

scope contains "3a" if personal

may_scope contains "3a" if may_personal

lawful contains "3a" if input.basis != "none"

lawful contains "3a" if {
	some safeguard in input.safeguards
	safeguard in {"consent", "explicit-consent", "separate-consent"}
}

may_lawful contains "3a" if not input.basis == "none"

may_lawful contains "3a" if "3a" in lawful

may_lawful contains "3a" if not input.safeguards

scope contains "3b" if {
	to_authority
	personal
	abroad
	seat := input["recipient.seat"]
	some place in input.subjects
	not place in seat
}

may_scope contains "3b" if {
	not to_other
	may_personal
	may_abroad
	may_concern_others
}

may_concern_others if not input.subjects

may_concern_others if {
	some place in input.subjects
	not sits_in(place)
}

sits_in(place) if place in input["recipient.seat"]

lawful contains "3b" if input.people <= 10000

lawful contains "3b" if {
	input.people <= 100000
	input.sensitive == false
}

lawful contains "3b" if holds("authority-approved")

lawful contains "3b" if holds("public-body-instrument")

may_lawful contains "3b" if "3b" in lawful

may_lawful contains "3b" if {
	not many
	not input.sensitive
}

may_lawful contains "3b" if not input.people

may_lawful contains "3b" if not input.safeguards

many if input.people > 100000

scope contains "3c" if {
	personal
	abroad
	some place in input.subjects
	place != input.to
}

may_scope contains "3c" if {
	may_personal
	may_abroad
	may_concern_elsewhere
}

may_concern_elsewhere if not input.subjects

may_concern_elsewhere if not input.to

may_concern_elsewhere if {
	some place in input.subjects
	place != input.to
}

lawful contains "3c" if input.basis != "none"

lawful contains "3c" if holds("authority-approved")

lawful contains "3c" if permitted

may_lawful contains "3c" if not input.basis == "none"

may_lawful contains "3c" if may_hold("authority-approved")

may_lawful contains "3c" if may_permit

# Commitment 4

scope contains "4b" if {
	abroad
	home_of_sender
	some place in input.origin
	place != input.to
}

home_of_sender if input.to in input["sender.seat"]

home_of_sender if input.to in input["sender.controlled_by"]

may_scope contains "4b" if {
	may_abroad
	may_home_of_sender
	may_come_from_elsewhere
}

may_home_of_sender if home_of_sender

may_home_of_sender if not input.to

may_home_of_sender if not input["sender.seat"]

may_home_of_sender if not input["sender.controlled_by"]

may_come_from_elsewhere if not input.origin

may_come_from_elsewhere if not input.to

may_come_from_elsewhere if {
	some place in input.origin
	place != input.to
}

lawful contains "4b" if input.basis != "LegalObligation"

may_lawful contains "4b" if not input.basis == "LegalObligation"

# Commitment 5

scope contains "5b" if {
	abroad
	to_authority
	by_other
	seat := input["recipient.seat"]
	not input.from in seat
}

may_scope contains "5b" if {
	may_abroad
	not to_other
	not by_authority
	not sits_at_origin
}

sits_at_origin if input.from in input["recipient.seat"]

lawful contains "5b" if holds("authority-approved")

lawful contains "5b" if permitted

lawful contains "5b" if {
	some safeguard in input.safeguards
	data.sets.AGREED_CHANNELS[safeguard]
}

may_lawful contains "5b" if "5b" in lawful

may_lawful contains "5b" if not input.safeguards

# The verdicts

verdict(duty) := "out-of-scope" if {
	not duty in may_scope
} else := "kept" if {
	duty in lawful
} else := "breach" if {
	duty in scope
	not duty in may_lawful
} else := "unknown"

duties := {"art-44", "2a", "2b", "3a", "3b", "3c", "4b", "5b"}

verdicts := {duty: verdict(duty) | some duty in duties}

batch := [found |
	some flow in input.flows
	found := verdicts with input as flow
]
