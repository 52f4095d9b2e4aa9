"""Which of several alerts on one connection is kept: one that names an attack goes before any that does not."""

from __future__ import annotations

#: Short names and descriptions of Suricata's classes that name an attempt on, or a compromise of, a machine:
#: https://github.com/OISF/suricata/blob/2bbfe8ba3a3eb060ba5ad22fdc30ca0cb71ce969/etc/classification.config
ATTACKS = (
    *("attempted-dos", "Attempted Denial of Service", "successful-dos", "Denial of Service"),
    *("denial-of-service", "Detection of a Denial of Service Attack"),
    *("attempted-user", "Attempted User Privilege Gain", "unsuccessful-user", "Unsuccessful User Privilege Gain"),
    *("successful-user", "Successful User Privilege Gain"),
    *("attempted-admin", "Attempted Administrator Privilege Gain"),
    *("successful-admin", "Successful Administrator Privilege Gain"),
    *("shellcode-detect", "Executable code was detected", "trojan-activity", "A Network Trojan was detected"),
    *("web-application-attack", "Web Application Attack"),
    *("targeted-activity", "Targeted Malicious Activity was Detected"),
    *("exploit-kit", "Exploit Kit Activity Detected", "domain-c2", "Domain Observed Used for C2 Detected"),
    *("credential-theft", "Successful Credential Theft Detected"),
    *("command-and-control", "Malware Command and Control Activity Detected"),
)

#: SQL for the alert kept of a group: an attack, else another; of several the first in the files.
GRAVEST = f"arg_min(alert, (alert NOT IN {ATTACKS}, file, position)) FILTER (alert <> '')"
