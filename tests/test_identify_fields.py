"""What the name of a field says of its value, in many languages."""

from __future__ import annotations

import pytest

from comity.identify.fields import by_name, names_say

MD5 = "0cc175b9c0f1b6a831c399e269772661"
SHA256 = "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
UUID = "6781b04d-7b5f-4c1a-bceb-b953e6ef70d7"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
TEMPLATE = "Rk1SACAyMAAAAADkAAgAyQFnAMUAxQEAAAARIQBqAGsgPgCIAG0fRwC2AG2dSwBVAIUjPABuALShMgCx"


def found(field: str, value: str) -> set[str]:
    return {named.category for named in by_name(field, value)}


def cases(table: str) -> list[tuple[str, str, str]]:
    """Lines of field, value and category, apart by bars."""
    rows = (tuple(cell.strip() for cell in line.split("|")) for line in table.strip().splitlines())
    return [(field, value, category) for field, value, category in rows]


ENGLISH = cases("""
    firstName | Marie | Name
    last_name | O'Brien | Name
    user.name | Ada King | Name
    customer[name] | Ada King | Name
    billing.fullName | Marie de la Cruz | Name
    Mother's Maiden Name | Kubíková | Name
    user.homeAddress.street | 12 Elm Street | Street
    shipping_address | 12 Elm Street, Springfield | PhysicalAddress
    billing.address.city | Springfield | City
    billing_state | CA | Region
    customer.zip_code | 90210 | PostalCode
    home_country | Portugal | Country
    dateOfBirth | 1982-03-29 | BirthDate
    Birthday | 3/29/1982 | BirthDate
    patient.age | 37 | Age
    gender | female | Gender
    nationality | Portuguese | Nationality
    marital_status | divorced | MaritalStatus
    email | ada@example.org | EmailAddress
    users[3].emailAddress | ada@example.org | EmailAddress
    mobile_number | +44 20 7946 0958 | TelephoneNumber
    phone.number | (020) 7946 0958 | TelephoneNumber
    login_username | ada1815 | Username
    password | eiZookooB7 | Password
    ssn | 078-05-1120 | OfficialID
    nationalId | 850101-14-5021 | OfficialID
    passport_number | C01X00T47 | Passport
    driversLicenseNumber | D1234562 | OfficialID
    cc_number | 4111 1111 1111 1111 | PaymentCardNumber
    card.expiry | 04/27 | PaymentCardExpiry
    cvv2 | 511 | PaymentCard
    iban | DE89370400440532013000 | BankAccount
    annual_income | $54,000 | Income
    salary | 54000 | Salary
    credit_score | 712 | CreditScore
    diagnosis | Type 2 diabetes | HealthRecord
    icd10_code | E11.9 | HealthRecord
    medication | Metformin 500 mg | Prescription
    bloodType | O+ | BloodType
    allergies | Peanuts | Health
    heart_rate | 72 bpm | PhysicalHealth
    pregnant | yes | Health
    health_insurance_number | 943 476 5919 | Insurance
    fingerprint_template | {template} | Fingerprint
    face_embedding | [0.1123, -0.0332, 0.5521, 0.0091] | FacialPrint
    voiceprint | {template} | Biometric
    iris_scan | {template} | Biometric
    rsid | rs1801133 | Genetic
    genotype | C/T | Genetic
    dna_sequence | ACGTTGCAACGTTGCA | DNACode
    religion | Buddhist | Religion
    political_party | Green Party | PoliticalAffiliation
    trade_union | Transport Workers | TradeUnionMembership
    sexual_orientation | bisexual | SexualPreference
    ethnicity | Roma | EthnicOrigin
    criminal_record | Theft, 2011 | Criminal
    lat | 51.50735 | GPSCoordinate
    location.longitude | -0.12776 | GPSCoordinate
    geo | 51.50735,-0.12776 | GPSCoordinate
    device_id | {uuid} | UID
    idfa | {uuid} | UID
    android_id | 9774d56d682e549c | UID
    customer_id | CUST-004711 | UID
    user.id | 74531 | UID
    visitorId | {uuid} | UID
    sessionId | {uuid} | UID
    access_token | eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln | Authenticating
    Authorization | Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0 | Authenticating
    User-Agent | {browser} | UserAgent
    screen_resolution | 1440x900 | BrowserFingerprint
    canvasFingerprint | {md5} | BrowserFingerprint
    page_url | https://clinic.example/oncology | BrowsingBehaviour
    Referer | https://clinic.example/oncology | BrowsingReferral
    order_total | 118.22 | Purchase
    diagnosis | J45.0 | HealthRecord
    avatar_url | https://cdn.example/a/1.jpg | Picture
    license_plate | 7ABC123 | VehicalLicenseNumber
    occupation | Surveillance officer | Job
    employer | Simple Solutions | CurrentEmployment
    education_level | Bachelor | Education
    recipient | Ana Ruiz | Name
    order.recipient | Ludwig van Beethoven | Name
    patient | John Smith | Name
    dob | 315532800 | BirthDate
    birth_date | 315532800000 | BirthDate
    date_of_birth | -315532800 | BirthDate
    disability | yes | Disability
    has_disability | true | Disability
    is_pregnant | true | Health
    diabetic | no | Health
    symptom | shortness of breath | Health
    patient.diagnosis | pulls to the left | HealthRecord
    patient.race | White | Race
    race | Black or African American | Race
""")

CHINESE = cases("""
    姓名 | 张伟 | Name
    user.name | 欧阳娜娜 | Name
    联系人姓名 | 王芳 | Name
    用户手机号 | 13912345678 | TelephoneNumber
    身份证号码 | 11010519491231002X | OfficialID
    收货地址 | 北京市朝阳区建国路88号 | PhysicalAddress
    出生日期 | 1990年3月15日 | BirthDate
    性别 | 男 | Gender
    民族 | 汉族 | EthnicOrigin
    邮箱 | wang@example.cn | EmailAddress
    银行卡号 | 6222021234567890123 | PaymentCardNumber
    护照号 | E12345678 | Passport
    车牌号 | 京A12345 | VehicalLicenseNumber
    血型 | AB型 | BloodType
    诊断结果 | 高血压 | HealthRecord
    指纹数据 | {template} | Fingerprint
    宗教信仰 | 佛教 | Religion
    政治面貌 | 群众 | PoliticalAffiliation
    經緯度 | 25.03297,121.56541 | GPSCoordinate
    電話號碼 | 02-2345-6789 | TelephoneNumber
    設備id | {uuid} | UID
    订单金额 | 118.22 | Purchase
    xingming | 李娜 | Name
    shouji | 13912345678 | TelephoneNumber
    shenfenzheng | 11010519491231002X | OfficialID
    chushengriqi | 1990-03-15 | BirthDate
    xing_bie | 女 | Gender
    客户 | 张伟 | Name
    收款人 | 李娜 | Name
    是否怀孕 | 是 | Health
    糖尿病 | 有 | Health
""")

VIETNAMESE = cases("""
    ho_ten | Nguyễn Văn An | Name
    họ và tên | Trần Thị Bích Ngọc | Name
    ten_khach_hang | Lê Minh | Name
    so_dien_thoai | 0912 345 678 | TelephoneNumber
    sđt | 0912345678 | TelephoneNumber
    dia_chi_giao_hang | 12 Lý Thường Kiệt, Hà Nội | PhysicalAddress
    diaChi | 12 Lý Thường Kiệt, Hà Nội | PhysicalAddress
    ngay_sinh | 15/03/1990 | BirthDate
    cccd | 001090012345 | OfficialID
    giới tính | nữ | Gender
    nhom_mau | O+ | BloodType
    dan_toc | Kinh | EthnicOrigin
    ton_giao | Phật giáo | Religion
    so_tai_khoan | 19036655443322 | BankAccount
    chan_doan | Tăng huyết áp | HealthRecord
    bien_so_xe | 29A-12345 | VehicalLicenseNumber
    ma_khach_hang | KH004711 | UID
    mat_khau | Ab3$kkz91 | Password
    nghe_nghiep | Giáo viên | Job
    bệnh nhân | Nguyễn Văn An | Name
    khuyet_tat | có | Disability
""")

RUSSIAN = cases("""
    фамилия | Иванова | Name
    ФИО | Иванов Иван Иванович | Name
    имя_клиента | Мария | Name
    familiya | Ivanova | Name
    otchestvo | Ивановна | Name
    телефон | +7 912 345-67-89 | TelephoneNumber
    telefon_klienta | 8 (912) 345-67-89 | TelephoneNumber
    адрес_проживания | ул. Ленина, д. 5, кв. 12 | PhysicalAddress
    adres_dostavki | ул. Ленина, д. 5 | PhysicalAddress
    дата_рождения | 15.03.1990 | BirthDate
    data_rozhdeniya | 15 марта 1990 | BirthDate
    пол | жен | Gender
    снилс | 112-233-445 95 | OfficialID
    паспорт | 45 08 123456 | Passport
    электронная_почта | ivanova@example.ru | EmailAddress
    группа_крови | II+ | BloodType
    диагноз | Гипертония | HealthRecord
    национальность | татарка | EthnicOrigin
    судимость | не судима | Criminal
    госномер | А123ВС77 | VehicalLicenseNumber
    широта | 55.75580 | GPSCoordinate
    должность | Бухгалтер | Job
    номер_карты | 4111111111111111 | PaymentCardNumber
    получатель | Мария Иванова | Name
    инвалидность | да | Disability
""")

SPANISH = cases("""
    nombre_completo | María García López | Name
    apellidos | García López | Name
    nombre_cliente | Ana Ruiz | Name
    teléfono_móvil | 612 345 678 | TelephoneNumber
    correoElectronico | ana@example.es | EmailAddress
    fecha_nacimiento | 15/03/1990 | BirthDate
    dirección_envío | Calle Mayor 5, Madrid | PhysicalAddress
    código_postal | 28013 | PostalCode
    dni | 12345678Z | OfficialID
    sexo | mujer | Gender
    contraseña | S3creta.1 | Password
    grupo_sanguineo | A- | BloodType
    diagnóstico | Asma | HealthRecord
    afiliación_política | Partido Verde | PoliticalAffiliation
    orientacion_sexual | heterosexual | SexualPreference
    matricula | 1234 BCD | VehicalLicenseNumber
    ingresos_anuales | 32.000 EUR | Income
    estado_civil | casada | MaritalStatus
    cliente | María García | Name
    discapacidad | sí | Disability
    está_embarazada | no | Health
""")

OTHERS = cases("""
    Nachname | Müller | Name
    geburtsdatum | 15.03.1990 | BirthDate
    Straße | Hauptstraße 5 | Street
    telefonnummer | 030 1234567 | TelephoneNumber
    kundennummer | 00471199 | UID
    prénom | Élodie | Name
    date_naissance | 15/03/1990 | BirthDate
    mot_de_passe | M0tdep@sse | Password
    sobrenome | Silva | Name
    cpf | 529.982.247-25 | OfficialID
    endereco_residencial | Rua das Flores 10 | PhysicalAddress
    nama_lengkap | Siti Nurhaliza | Name
    nomor_telepon | 0812-3456-7890 | TelephoneNumber
    nik | 3171234567890123 | OfficialID
    tanggal_lahir | 1990-03-15 | BirthDate
    ชื่อ-นามสกุล | สมชาย ใจดี | Name
    เบอร์โทรศัพท์ | 081-234-5678 | TelephoneNumber
    氏名 | 山田 太郎 | Name
    電話番号 | 090-1234-5678 | TelephoneNumber
    住所 | 東京都港区芝公園4丁目 | PhysicalAddress
    고객이름 | 김민준 | Name
    휴대폰번호 | 010-1234-5678 | TelephoneNumber
    주민등록번호 | 900315-1234567 | OfficialID
    cognome | Rossi | Name
    codice_fiscale | RSSMRA85M01H501Z | OfficialID
""")

WEB = cases("""
    _ga | GA1.2.1704752813.1486866259 | UID
    _ga_32C54FK6Z3 | GS1.1.1745853750.1.1.1745853760 | UID
    cid | 1885269884.1745853787 | UID
    _fbp | fb.1.1745853750190.424057362120397927 | UID
    fbc | fb.1.1745853750190.IwAR2xZkzkG9 | Tracking
    gclid | EAIaIQobChMI7f2x1rj9_AIVCZ7VCh0 | Tracking
    ud[em] | {sha256} | UID
    ud[fn] | {sha256} | UID
    dl | https://clinic.example/oncology | BrowsingBehaviour
    SESSc63b1a294f8366a7791e32a5445d8b82 | BRW9SBqqXh9zAsmjC9PoglZ14MBS4lymng5MdPzoL1o | UID
    PHPSESSID | a75b64f0244411f0a94f67c3f7 | UID
    Hm_lvt_5d8c1b | a75b64f0244411f0a94f67c3f7 | UID
    _ym_uid | 1745853750190424057 | UID
    yandexuid | 6117998675027803209 | UID
""")


def filled(value: str) -> str:
    holders = {"{uuid}": UUID, "{md5}": MD5, "{sha256}": SHA256, "{browser}": BROWSER, "{template}": TEMPLATE}
    return holders.get(value, value)


@pytest.mark.parametrize(
    ("field", "value", "category"), [*ENGLISH, *CHINESE, *VIETNAMESE, *RUSSIAN, *SPANISH, *OTHERS, *WEB]
)
def test_a_field_is_what_its_name_and_value_say(field: str, value: str, category: str) -> None:
    assert category in found(field, filled(value))


@pytest.mark.parametrize("field", ["email", "phone", "userEmail", "hashed_email", "email_sha256"])
def test_a_hash_under_the_name_of_an_identifier_stands_for_a_person_and_is_no_address(field: str) -> None:
    for value in (MD5, SHA256, SHA256.upper()):
        (named,) = by_name(field, value)
        assert (named.category, named.person) == ("UID", True)


@pytest.mark.parametrize(
    ("field", "value", "person", "device"),
    [
        ("email", "ada@example.org", True, False),
        ("customer_id", "00471199", True, False),
        ("device_id", UUID, False, True),
        ("first_name", "Ada", False, False),
    ],
)
def test_values_that_stand_for_one_person_or_device_can_be_counted(
    field: str, value: str, person: bool, device: bool
) -> None:
    (named,) = by_name(field, value)
    assert (named.person, named.device) == (person, device)


def test_different_identifiers_of_one_person_have_different_detectors() -> None:
    """People are counted by detector: one person's e-mail and number are one person."""
    (email,), (number,) = by_name("email", "ada@example.org"), by_name("customer_id", "00471199")
    assert email.detector != number.detector


def test_name_and_value_together_are_surer_than_either() -> None:
    (strong,), (weak,), (part,) = by_name("full_name", "Ada King"), by_name("name", "Ada King"), by_name("fname", "ada")
    assert strong.confidence > part.confidence > weak.confidence > 0.5
    assert not by_name("name", "Ada")


def test_what_a_thing_is_called_is_said_of_nobody_and_what_a_person_is_called_is() -> None:
    assert found("author.name", "Ada King") == {"Name"}
    assert found("data.attributes.customer.name", "Ada King") == {"Name"}
    assert not found("store.name", "Ada King")
    assert not found("store.phone", "+44 20 7946 0958")


def test_a_name_alone_says_more_or_less_surely() -> None:
    """For tables, where the values of a whole column are weighed."""
    (strong,), (weak,) = names_say("first_name"), names_say("Age")
    assert (strong.category, weak.category) == ("Name", "Age")
    assert strong.confidence > 0.5 > weak.confidence
    assert names_say("TropicalZodiac") == names_say("WesternUnionMTCN") == names_say("") == ()
