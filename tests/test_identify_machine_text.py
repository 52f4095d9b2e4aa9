"""What machines write, and shops: full of numbers, and of nobody. Each line is drawn several times."""

from __future__ import annotations

import random
import re

import pytest
from scanning import found

#: `#` is a digit, `?` a capital letter, `~` a hex digit.
LINES = """\
[##/412] Compiling src/mod_##.c (##.# kB, 0x~~~~~~~~)
Downloading https://repo.example.org/maven2/org/foo/bar/1.##.#/bar-1.##.#.jar (###### bytes)
Step #/20 : RUN apt-get install -y libssl1.1=1.1.#-#+deb11u#
Removing intermediate container ~~~~~~~~~~~~
INVOICE NO ###-##-#### DATE 2024-11-0# 10:48:0# TOTAL ####.##
Invoice ######## / customer ###### / net ##.###,## EUR / VAT ###.##
???-####-??; ## pcs; ###.##
SKU ###-###-#### bin ?##
part no. ###-##-#### rev ?
item ###-##-####; lot ###-##-####
ref ?#######? shipped
code=??######A status=ok
id=########? n=3
serial ??#######
RMA ?##-##-######
AWB ###-########
1Z???############# delivered 2024-11-0# 10:48:0#
DHL tracking ##########
2024-11-0#T1#:2#:3#.###Z 1700####### 1700#######
17######## 17########### #
trace_id=~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ span_id=~~~~~~~~~~~~~~~~
6~~~~~~~-~~~~-4~~~-8~~~-~~~~~~~~~~~~ done
sha256:~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
<path d="M1#.####,2#.#### L3#.####,4#.#### C 5#.##### 6#.#####, 7#.##### 8#.##### z"/>
<g transform="translate(4#.####, 2#.####)">
<polygon points="3#.####,3#.#### 3#.####,7#.####"/>
v1#.2##.1##.2##
Chrome/12#.0.6###.1## Safari/537.36
firmware 0###.###.### loaded
ISBN 978-#-##-######-#
arn:aws:iam::############:role/deploy
10.##.##.0/2# via 81.2.##.0/24
docker://~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~
systemd[1]: Started user@1###.service.
git clone git@git.example.com:team/repo##.git
jdbc:postgresql://svc_user:pw###@db##.example.com:5432/app
@@ -###,## +###,## @@
snmp .1.3.6.1.4.1.####.#.##
""".splitlines()


@pytest.mark.parametrize("shape", LINES)
def test_what_machines_write_is_of_nobody(shape: str) -> None:
    source = random.Random(shape)
    signs = {"#": "0123456789", "?": "ABCDEFGHJKLMNPRSTUVWXYZ", "~": "0123456789abcdef"}
    lines = [re.sub(r"[#?~]", lambda sign: source.choice(signs[sign[0]]), shape) for _ in range(25)]
    assert [(line, finds) for line in lines if (finds := found(line))] == []
