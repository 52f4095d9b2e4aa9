"""Texts made by us, always the same: log lines, JSON and sentences with valid values, and with what only looks alike.

What is valid is drawn at random until it has its check digits. Since detectors and these texts may use the same
checksums, the texts say less of finding than of telling apart; their figures are kept apart from those of others.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Callable, Iterator
from random import Random

import phonenumbers
from corpora import Label, Text, width
from stdnum import ean, iban, imei, isbn, luhn
from stdnum.br import cpf
from stdnum.cn import ric
from stdnum.de import idnr
from stdnum.es import dni, nie
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.id import nik
from stdnum.in_ import aadhaar, pan
from stdnum.it import codicefiscale
from stdnum.jp import in_ as my_number
from stdnum.kr import rrn
from stdnum.my import nric
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.ru import inn
from stdnum.th import pin
from stdnum.us import itin, ssn

SEED = 20260314
#: How many texts of each kind of value, and of each kind of decoy.
OF_EACH, OF_EACH_DECOY = 12, 30

Valid = Callable[[str], bool]


def _any(value: str) -> bool:
    """Whatever has the shape will do."""
    return True


def card(number: str) -> bool:
    """Whether a card has its check digit."""
    return bool(luhn.is_valid(number.replace(" ", "")))


def snils(number: str) -> bool:
    """Whether a Russian insurance number has its two check digits."""
    digits = [int(digit) for digit in number if digit.isdigit()]
    weighted = sum(digit * (9 - place) for place, digit in enumerate(digits[:9])) % 101
    return digits[9] * 10 + digits[10] == weighted % 100


def singapore(number: str) -> bool:
    """Whether a Singaporean identity number has its check letter."""
    weighted = sum(int(digit) * weight for digit, weight in zip(number[1:8], (2, 7, 6, 5, 4, 3, 2), strict=True))
    letters = "JZIHGFEDCBA" if number[0] in "ST" else "XWUTRQPNMLK"
    return letters[(weighted + 4 * (number[0] in "TG")) % 11] == number[8]


def insurance(number: str) -> bool:
    """Whether a British insurance number has a prefix that is given out."""
    return re.match(r"(?!BG|GB|NK|KN|TN|NT|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]", number) is not None


#: Official numbers: kind, shape (# a digit, ? a letter, (a|b) one of them, DATE yymmdd), what makes it valid, and
#: names of fields and words that tell of it where it is used.
OFFICIAL: list[tuple[str, str, Valid, str]] = [
    (
        "cn_ric",
        "(110105|310115|440305|510104)19DATE###(0|1|2|3|4|5|6|7|8|9|X)",
        ric.is_valid,
        "身份证号|idCard|证件号码",
    ),
    ("vn_cccd", "0(01|79|48|31|92)(0|1)(78|85|91|99)######", _any, "số CCCD|cccd|số căn cước công dân"),
    ("sg_nric", "(S|T|F|G)#######?", singapore, "NRIC|nric_no|FIN"),
    ("my_nric", "DATE-##-####", nric.is_valid, "MyKad|no_kad_pengenalan|ic_number"),
    ("th_pin", "#-####-#####-##-#", pin.is_valid, "เลขประจำตัวประชาชน|citizen_id|thai_national_id"),
    ("id_nik", "(317101|327301|357801)0#(01|07|12)(78|85|91)####", nik.is_valid, "NIK|nomor_ktp|No. KTP"),
    ("ph_tin", "###-###-###-000", _any, "TIN|tax_identification_number|Taxpayer Identification Number"),
    ("in_aadhaar", "#### #### ####", aadhaar.is_valid, "Aadhaar|aadhaar_number|आधार संख्या"),
    ("in_pan", "???P?####?", pan.is_valid, "PAN|pan_number|permanent account number"),
    ("jp_my_number", "############", my_number.is_valid, "マイナンバー|my_number|個人番号"),
    ("kr_rrn", "DATE-(1|2)######", rrn.is_valid, "주민등록번호|rrn|resident_registration_number"),
    ("ru_inn", "77##########", inn.is_valid, "ИНН|inn|ИНН физлица"),
    ("ru_snils", "1##-###-### ##", snils, "СНИЛС|snils|страховой номер"),
    ("br_cpf", "###.###.###-##", cpf.is_valid, "CPF|cpf|CPF do titular"),
    ("us_ssn", "###-##-####", ssn.is_valid, "SSN|ssn|social_security_number"),
    ("us_itin", "9##-7#-####", itin.is_valid, "ITIN|itin|taxpayer_id"),
    ("gb_nino", "??######(A|B|C|D)", insurance, "NINO|ni_number|National Insurance number"),
    ("gb_nhs", "### ### ####", nhs.is_valid, "NHS number|nhs_number|NHS No"),
    ("de_idnr", "###########", idnr.is_valid, "Steuer-ID|steueridentifikationsnummer|IdNr"),
    ("fr_nir", "(1|2)(78|85|91)(01|07|12)75######(0|4|8)#", nir.is_valid, "numéro de sécurité sociale|nir|n° sécu"),
    (
        "it_codicefiscale",
        "(RSSMRA|BNCLCU|VRDGPP)(78|85|91)(A|D|T)1#H501?",
        codicefiscale.is_valid,
        "codice fiscale|codice_fiscale|CF",
    ),
    ("es_dni", "########?", dni.is_valid, "DNI|dni|documento de identidad"),
    ("es_nie", "(X|Y)#######?", nie.is_valid, "NIE|nie|número de extranjero"),
    ("nl_bsn", "#########", bsn.is_valid, "BSN|bsn|burgerservicenummer"),
    ("pl_pesel", "DATE#####", pesel.is_valid, "PESEL|pesel|numer PESEL"),
]

#: The same for what every country has; an empty name stands for none at all.
EVERYWHERE: list[tuple[str, str, Valid, str]] = [
    (
        "EmailAddress",
        "(an.li|minh_nguyen|o.petrova|jgarcia|user+news)##@(example.com|mail.example.org)",
        _any,
        "email|邮箱|e-mail|эл. почта|correo||contactEmail",
    ),
    ("PaymentCardNumber", "4### #### #### ####", card, "card number|卡号|số thẻ|номер карты|tarjeta|"),
    ("PaymentCardNumber", "5(1|2|3|4|5)##############", card, "cardNumber|pan|银行卡号|carte|"),
    ("PaymentCardNumber", "3(4|7)#############", card, "amex|creditCard|"),
    ("BankAccount", "(DE|PL|GB|NL|FR)##", iban.is_valid, "IBAN|iban|счёт|账户|cuenta|"),
    ("IPAddress", "(81|104|193|203).(2|17|1##).(3|44|1##).(9|77|2(0|1|2|3)#)", _any, "client_ip|ip|remote_addr|"),
    ("IPAddress", "2(001|a02):(470|26f0|4f8):#:###::#", _any, "client_ip|ip|remote_addr|"),
    ("MACAddress", "(3c|a4|f0):(22|5e|18):#(a|b):#(c|d):#e:##", _any, "mac|wifi_mac|MAC address|"),
    ("UID", "35#############", imei.is_valid, "imei|IMEI|deviceImei"),
]

#: Regions with words for telephones, in the languages of these regions.
TELEPHONES = {
    "CN": "电话|手机号|mobile",
    "VN": "điện thoại|SĐT|phone",
    "SG": "phone|mobile",
    "MY": "telefon|phone",
    "TH": "โทร|phone",
    "ID": "telepon|no_hp",
    "PH": "mobile|phone",
    "IN": "phone|मोबाइल",
    "JP": "電話番号|tel",
    "KR": "전화번호|phone",
    "RU": "телефон|phone",
    "BR": "telefone|celular",
    "US": "phone|phoneNumber|call",
    "GB": "phone|mobile",
    "DE": "Telefon|tel",
    "FR": "téléphone|tel",
    "IT": "telefono|cellulare",
    "ES": "teléfono|móvil",
    "NL": "telefoon|mobiel",
    "PL": "telefon|phone",
}

#: Where a value with its name stands; the second of three in every language is JSON.
PLACES = [
    "2026-03-14T09:26:53.589Z INFO [worker-7] profile saved {name}={value} status=200 took=35ms",
    '{{"id": 48213, "{name}": "{value}", "active": true, "retries": 3}}',
    "{name}: {value}",
    'level=info ts=1773480413 msg="update" {name}="{value}" rev=12',
]
#: The same for a value that nothing names.
BARE = [
    "2026-03-14T09:26:53.589Z INFO [worker-7] saved {value} status=200",
    '["{value}", 3, true]',
    "Please use {value} from now on.",
    "请使用 {value}，谢谢。",
]

#: What only looks alike: words that tell of it, and its shape.
DECOYS: list[tuple[str, str, Valid]] = [
    ("order|order number|订单号|mã đơn hàng|номер заказа|pedido|注文番号", "##########", _any),
    ("orderId|order_no|订单编号|заказ №|nº de pedido", "2026############", _any),
    ("invoice|发票号|hóa đơn số|счёт-фактура|factura", "INV-########", _any),
    ("tracking|运单号|mã vận đơn|отслеживание|seguimiento", "1Z###############", _any),
    ("ticket|issue|", "(OPS|WEB|CORE)-#####", _any),
    ("timestamp|ts|time|时间戳|", "17########", _any),
    ("timestamp|created_at|ts_ms|время|", "17###########", _any),
    ("created|日期|ngày|дата|fecha|", "2026-0#-1#T1#:2#:3#.###Z", _any),
    ("isbn|ISBN|", "978##########", isbn.is_valid),
    ("ean|barcode|条形码|штрихкод|", "4############", ean.is_valid),
    ("version|版本|phiên bản|версия|versión", "#.1#.2#.3#", _any),
    ("build|", "2026031#.#", _any),
    ("browser|User-Agent", "Chrome/1##.0.6###.1##", _any),
    ("price|价格|giá|цена|precio|", "# ### ###,##", _any),
    ("amount|总计|tổng|сумма|importe|", "#####.##", _any),
    ("listening on port|port|端口|cổng|порт|puerto", "4####", _any),
    ("part|part number|sku|货号|артикул", "###-###-####", _any),
    ("sku|model|型号|модель", "??-####-##?", _any),
    ("serial|序列号|серийный номер", "???########", _any),
    ("range|pages|size", "1###-2###", _any),
    ("row count|bytes|offset|количество", "#########", _any),
    ("transaction|交易号|giao dịch|транзакция|", "##################", _any),
]


def drawn(random: Random, shape: str, valid: Valid) -> str:
    """A value of a shape, drawn until it is valid."""
    while True:
        date = f"{random.randint(60, 99)}{random.randint(1, 12):02}{random.randint(1, 28):02}"
        text = shape.replace("DATE", date)
        while (choice := re.search(r"\(([^()]*)\)", text)) is not None:
            text = text.replace(choice[0], random.choice(choice[1].split("|")), 1)
        text = re.sub("#", lambda _: str(random.randrange(10)), text)
        text = re.sub(r"\?", lambda _: random.choice("ABCDEFGHJKLMNPRSTUVWXYZ"), text)
        if valid(text):
            return text


def telephone(random: Random, region: str) -> str:
    """A valid mobile number of a region, as it is written abroad, at home, or by machines."""
    while True:
        number = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
        number.national_number += random.randrange(100_000)
        if phonenumbers.is_valid_number(number):
            form = random.choice(("INTERNATIONAL", "NATIONAL", "E164"))
            return str(phonenumbers.format_number(number, getattr(phonenumbers.PhoneNumberFormat, form)))


def account(random: Random) -> str:
    """A valid IBAN, in groups or not."""
    bank = random.choice(
        ("DE##################", "GBNWBK##############", "NLABNA##########", "PL########################")
    )
    while True:
        drawn = re.sub("#", lambda _: str(random.randrange(10)), bank)
        number = drawn[:2] + iban.calc_check_digits(drawn[:2] + "00" + drawn[2:]) + drawn[2:]
        if iban.is_valid(number):
            return str(iban.format(number)) if random.random() < 0.5 else number


def placed(random: Random, name: str, value: str, category: str, kind: str = "") -> Text:
    """A text that holds a value by a name, or by none, with its label if it has a category."""
    place = random.choice(PLACES if name else BARE)
    before = place.split("{value}")[0].format(name=name)
    text = place.format(name=name, value=value)
    label = Label(category, width(before), width(before + value), kind)
    return Text("made", text, (label,) if category else ())


def hashes(random: Random) -> Iterator[Text]:
    """Identifiers and digests of things that are nobody's."""
    for _ in range(OF_EACH_DECOY):
        seed = random.randbytes(16)
        yield placed(random, random.choice(("trace_id", "request-id", "guid", "")), str(uuid.UUID(bytes=seed)), "")
        yield placed(random, random.choice(("commit", "git", "etag", "")), hashlib.sha1(seed).hexdigest(), "")
        yield placed(random, random.choice(("sha256", "checksum", "digest", "")), hashlib.sha256(seed).hexdigest(), "")


def by_us() -> Iterator[Text]:
    """All texts made by us."""
    random = Random(SEED)
    for kind, shape, valid, names in OFFICIAL:
        for _ in range(OF_EACH):
            value = drawn(random, shape, valid)
            yield placed(random, random.choice(names.split("|")), value, "OfficialID", kind)
    for category, shape, valid, names in EVERYWHERE:
        for _ in range(OF_EACH):
            value = account(random) if category == "BankAccount" else drawn(random, shape, valid)
            yield placed(random, random.choice(names.split("|")), value, category)
    for region, names in TELEPHONES.items():
        for _ in range(OF_EACH):
            yield placed(random, random.choice(names.split("|")), telephone(random, region), "TelephoneNumber")
    for names, shape, valid in DECOYS:
        for _ in range(OF_EACH_DECOY):
            yield placed(random, random.choice(names.split("|")), drawn(random, shape, valid), "")
    yield from hashes(random)
