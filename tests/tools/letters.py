"""letters.py: real mails with every ugliness that Greek offices send, for tests that look at what becomes of them. LF ends, as Postfix hands mail over."""
import base64
import quopri

from flow import ELENI, MARIA, NIKOS, letter

LONG = "Πρόσκληση " * 130 + "τέλος"  # one line of more than 998 octets
BOUNDARY = "=_omada-0042"


def multipart(kind, *parts):
    return "".join("--%s\n%s\n" % (BOUNDARY, part) for part in parts) + "--%s--\n" % BOUNDARY, "multipart/%s; boundary=\"%s\"" % (kind, BOUNDARY)


def text_part(text):
    return "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" + text


def file_part(name, size, kind="application/octet-stream"):
    """`size` octets that are nowhere alike."""
    content = bytes((i * 2654435761 >> 13) & 255 for i in range(997)) * (size // 997 + 1)
    return "Content-Type: %s; name=\"%s\"\nContent-Disposition: attachment; filename=\"%s\"\nContent-Transfer-Encoding: base64\n\n%s" % (
        kind, name, name, base64.encodebytes(content[:size]).decode())


def bytes_in(charset, mail):
    return mail.decode().encode(charset)


OUTLOOK = """<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns="http://www.w3.org/TR/REC-html40"><head>
<meta http-equiv="Content-Type" content="text/html; charset=windows-1253"><style><!-- p.MsoNormal {margin:0cm;font-family:"Calibri"} --></style></head>
<body lang="EL" link="#0563C1"><div class="WordSection1"><p class="MsoNormal">Αγαπητοί συνάδελφοι,<o:p></o:p></p><p class="MsoNormal"><o:p>&nbsp;</o:p></p>
<p class="MsoNormal">Επισυνάπτεται το <b>σχέδιο</b> της απόφασης. Δείτε και <a href="https://diavgeia.gov.gr/decision/view/6ΨΞΩ">τη Διαύγεια</a>.<o:p></o:p></p>
<ul><li class="MsoListParagraph">Άρθρο 1: τέλη</li><li class="MsoListParagraph">Άρθρο 2: εξαιρέσεις</li></ul>
<img width="1" height="1" src="https://track.example.org/p.gif"><script>document.write("ΚΑΚΟ")</script></div></body></html>
"""


def ugly():
    """{what is ugly: (author, mail)}"""
    winmail, mixed = multipart("mixed", text_part("Συνημμένο το πρακτικό.\n"), file_part("winmail.dat", 3000, "application/ms-tnef"))
    large, _ = multipart("mixed", text_part("Η μελέτη είναι μεγάλη, συγγνώμη.\n"), file_part("meleti.pdf", 5 << 20, "application/pdf"))
    inline, related = multipart("related", "Content-Type: text/html; charset=utf-8\n\n<p>Δείτε τη φωτογραφία: <img src=\"cid:p1\" alt=\"ο κάδος\"></p>\n",
                                "Content-Type: image/png\nContent-ID: <p1>\nContent-Disposition: inline; filename=\"image001.png\"\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n")
    both, alternative = multipart("alternative", text_part("Απλό κείμενο και HTML.\n"), "Content-Type: text/html; charset=utf-8\n\n<p>Απλό κείμενο και <i>HTML</i>.</p>\n")
    coded = base64.encodebytes("Καλημέρα από την Κρήτη.\nΑύριο στις 10:00 η συνεδρίαση.\n".encode()).decode()
    seven = quopri.encodestring("Άγνωστο το «πότε»: σ’ αυτό δεν απαντά κανείς.\n".encode("iso-8859-7", "replace")).decode()
    return {
        "windows-1253 without a label": (NIKOS, bytes_in("windows-1253", letter(NIKOS, None, "Καλημέρα, ο κάδος έσπασε. Άμεση ανάγκη!\n", Content_Type=None, Content_Transfer_Encoding=None, MIME_Version=None,
                                                                               Subject="Σπασμένος κάδος στην Άνω Πόλη"))),
        "ISO-8859-7": (MARIA, letter(MARIA, "Ύδρευση", seven, Content_Type="text/plain; charset=ISO-8859-7", Content_Transfer_Encoding="quoted-printable")),
        "Outlook's HTML only": (MARIA, bytes_in("windows-1253", letter(MARIA, "Σχέδιο απόφασης", OUTLOOK, Content_Type="text/html; charset=windows-1253"))),
        "base64": (NIKOS, letter(NIKOS, "Συνεδρίαση", coded, Content_Transfer_Encoding="base64")),
        "winmail.dat": (NIKOS, letter(NIKOS, "Πρακτικό", winmail, Content_Type=mixed)),
        "emoji": (ELENI, letter(ELENI, "Εθελοντικός καθαρισμός 🌳👨‍👩‍👧‍👦", "Μπράβο σε όλους! 🎉👏🏽 Ραντεβού την Κυριακή ☀️\n")),
        "from right to left": (MARIA, letter(MARIA, "ترحيب بالوافدين", "أهلا وسهلا بكم في البلدية\nשלום לכולם\nΚαλώς ήρθατε.\n")),
        "a file of 5 MB": (NIKOS, letter(NIKOS, "Μελέτη", large, Content_Type=mixed)),
        "an image inside": (ELENI, letter(ELENI, "Φωτογραφία", inline, Content_Type=related)),
        "alternatives": (ELENI, letter(ELENI, "Δύο μορφές", both, Content_Type=alternative)),
        "lines that begin with From": (NIKOS, letter(NIKOS, "Από πού", "From όλους εμάς: ευχαριστούμε.\n\nFrom nikos@example.gr Mon Nov 23 09:00:00 2026\nSubject: δεν είναι μήνυμα\n\n>From και αυτό.\n")),
        "rules of hyphens": (MARIA, letter(MARIA, "Γραμμές", "Πάνω\n\n" + "-" * 30 + "\n\nSubject: πλαστό\nFrom: kakos@example.org\n\nΜέση\n" + "-" * 70 + "\n\nΚάτω\n\n" + "-" * 30 + "\n\nEnd of Digest\n*****\n")),
        "bare dots": (NIKOS, letter(NIKOS, "Τελείες", "Πρώτη\n.\nδεύτερη\n..\n. \nτρίτη\n")),
        "a line beyond 998 octets": (ELENI, letter(ELENI, "Μία γραμμή", LONG + "\n")),
        "fields in a text": (NIKOS, letter(NIKOS, "Πεδία", "Προς: όλους\nFrom: x@example.org\nTo: y@example.org\nSubject: z\nDate: σήμερα\n\nTo: a@example.org\nReceived: από αλλού\n\nκείμενο\n")),
        "a trace of how it came": (ELENI, b"From eleni@example.gr Mon Nov 23 09:00:00 2026\nReturn-Path: <eleni@example.gr>\nReceived: from secret-host (10.1.2.3)\n by mx; Mon, 23 Nov 2026 09:00:00 +0200\n"
                                   + letter(ELENI, "Με ίχνη", "Πέρασε από πολλούς.\n")),
        "boundaries in a text": (MARIA, letter(MARIA, "Όρια", "--d-x\n--%s\nContent-Type: text/html\n\n<b>x</b>\n--%s--\n" % (BOUNDARY, BOUNDARY))),
        "no subject and no text": (NIKOS, letter(NIKOS, None, "")),
    }
