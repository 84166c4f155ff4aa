"""Files and folders."""

import pytest

from synthesis.reading.files import read_path
from synthesis.reading.problems import UnreadableFileError


def read(path):
    """Titles and rejections of a path."""
    papers, rejections = read_path(path, "lib")
    return [p.title for p in papers], rejections


@pytest.fixture
def folder(tmp_path):
    """A folder with one file of each text format, and others."""
    root = tmp_path / "papers"
    (root / "b").mkdir(parents=True)
    (root / "b" / "two.bib").write_text("@misc{a, title = {Two}}")
    (root / "a.jsonl").write_text('{"title": "One"}\n')
    (root / "c.ris").write_text("TY  - JOUR\nTI  - Three\nER  - \n")
    (root / "notes.txt").write_text("not for us")
    (root / ".hidden.jsonl").write_text('{"title": "Hidden"}\n')
    return root


def test_a_folder_gives_all_its_files_in_order(folder):
    """Every supported file at any depth is read, hidden and other files are passed over."""
    titles, rejections = read(folder)
    assert titles == ["One", "Three", "Two"]
    assert not rejections.counts


def test_one_bad_file_of_a_folder_costs_only_itself(folder):
    """A file that cannot be read is a rejection with its reason."""
    (folder / "page.pdf").write_text("<html>no paper</html>")
    (folder / "empty.jsonl").touch()
    titles, rejections = read(folder)
    assert titles == ["One", "Three", "Two"]
    assert rejections.counts == {"is HTML, not PDF": 1, "empty": 1}


def test_links_out_of_the_folder_are_not_followed(folder, tmp_path):
    """A link inside is read, one that leads outside is rejected, a loop ends."""
    secret = tmp_path / "secret.jsonl"
    secret.write_text('{"title": "Secret"}\n')
    (folder / "link.jsonl").symlink_to(secret)
    (folder / "inside.jsonl").symlink_to(folder / "a.jsonl")
    (folder / "loop").symlink_to(folder)
    titles, rejections = read(folder)
    assert titles == ["One", "Three", "One", "Two"]
    assert rejections.counts == {"link leads outside the folder": 1}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.json", ' {"title": "T"}\n'),
        ("x.txt", "@misc{a, title = {T}}"),
        ("noname", "TY  - JOUR\nTI  - T\nER  - \n"),
        ("X.JSONL", '{"title": "T"}\n'),
    ],
)
def test_a_single_file_is_told_by_its_content(tmp_path, name, content):
    """A file that the user names is read by what it holds where the suffix does not say."""
    (tmp_path / name).write_text(content)
    assert read(tmp_path / name)[0] == ["T"]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.txt", b"some prose", "unknown format"),
        ("x", b"", "empty"),
        ("x.jsonl", bytes(range(256)), "no usable record"),
        ("x.bib", b"no entry at all", "no usable record"),
        ("x.ris", b"\x00\x01", "is binary"),
        ("x.pdf", b"<html>", "is HTML, not PDF"),
    ],
)
def test_a_single_file_that_gives_nothing_is_an_error(tmp_path, name, content, reason):
    """The user hears in one paragraph what the file is not."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableFileError) as caught:
        read(path)
    assert caught.value.reason == reason
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_paths_and_empty_folders_are_errors(tmp_path):
    """Both say what was looked for."""
    with pytest.raises(UnreadableFileError, match="no file or folder"):
        read(tmp_path / "none")
    with pytest.raises(UnreadableFileError, match="holds no file"):
        read(tmp_path)
