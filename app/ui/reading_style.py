"""How the reading room looks: dark, quiet, and legible from 70 cm."""

GROUND = "#0e1012"
TEXT = "#d7dbdf"
QUIET = "#9aa3ab"
FOCUS = "#f2c14e"
FAILED = "#ff9a73"
CHOSEN = "#1f6fb2"

SHEET = f"""
#reading, #reading QWidget {{ background: {GROUND}; color: {TEXT}; font-size: 17px; }}
#reading QFrame#overlay {{ border: 2px solid {QUIET}; border-radius: 8px; }}
#reading QLabel#position {{ font-size: 22px; font-weight: 600; }}
#reading Canvas {{ font-size: 20px; }}
#reading QLabel#head {{
    background: rgba(0, 0, 0, 185); border-radius: 4px; padding: 2px 6px;
    font-size: 20px; font-weight: 700;
}}
#reading QLabel#ghost {{
    background: #2b3238; border: 2px solid {TEXT}; border-radius: 6px; padding: 4px 14px;
    font-size: 26px; font-weight: 700;
}}
#reading QLabel#words {{ font-size: 21px; }}
#reading QLabel#headline {{ font-size: 30px; font-weight: 600; }}
#reading QLabel#quiet {{ color: {QUIET}; }}
#reading QLabel#hint {{ color: {FOCUS}; font-size: 18px; font-weight: 600; }}
#reading QLabel#hint[failed="true"] {{ color: {FAILED}; }}
#reading QLabel#prompt {{ color: {QUIET}; font-size: 18px; }}
#reading QLabel#prompt[focused="true"] {{ color: {FOCUS}; font-weight: 700; }}
#reading QPushButton {{
    background: #1d2125; border: 2px solid #454d55; border-radius: 6px; padding: 4px 14px;
    min-height: 24px;
}}
#reading QPushButton:hover {{ border-color: #78838d; }}
#reading QPushButton:disabled {{ color: #70787f; border-color: #2c3136; }}
#reading QPushButton#step:enabled {{ background: #2b3238; border-color: {TEXT}; font-weight: 600; }}
#reading QPushButton#step {{ min-height: 32px; }}
#reading QPushButton#choice {{ padding: 0; min-height: 46px; }}
#reading QPushButton#choice[short="true"] {{ min-height: 38px; }}
#reading QPushButton#choice[focused="true"] {{ border-color: {FOCUS}; }}
#reading QPushButton#choice[filled="true"] {{ border-color: {QUIET}; }}
#reading QPushButton#choice[aimed="true"] {{ border: 3px dashed {TEXT}; }}
#reading QPushButton#choice QLabel, #reading QLabel#letter {{ background: transparent; }}
#reading QLabel#letter[chosen="true"] {{ color: #ffffff; font-weight: 700; }}
#reading QPushButton#choice QLabel#key {{ color: {QUIET}; font-weight: 700; font-size: 19px; }}
#reading QPushButton#choice:checked {{ background: {CHOSEN}; border: 3px solid #ffffff; }}
#reading QPushButton#choice QLabel#key[chosen="true"],
#reading QPushButton#choice QLabel[chosen="true"] {{ color: #ffffff; font-weight: 700; }}
#reading QLineEdit {{
    background: #16191c; border: 2px solid #454d55; border-radius: 6px; padding: 4px 10px;
    font-size: 18px; min-height: 32px; selection-background-color: {CHOSEN};
}}
#reading QLineEdit:focus {{ border-color: {FOCUS}; }}
"""
