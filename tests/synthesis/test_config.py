"""Settings: typed, hashed, with errors that name the setting."""

import pytest

from synthesis.config import Config, load_config
from synthesis.errors import InputFileError


def test_a_file_changes_what_it_names_and_nothing_else(tmp_path):
    """A setting in the file holds; all others keep their defaults; the hash tells the two apart."""
    path = tmp_path / "settings.toml"
    path.write_text("seed = 7\n[papers]\nmax_papers = 5\n", encoding="utf-8")
    config = load_config(path)
    assert (config.seed, config.papers.max_papers) == (7, 5)
    assert config.claims == Config().claims
    assert config.sha256 != Config().sha256
    assert load_config(path).sha256 == config.sha256


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[papers]\nmax_paper = 5\n", "papers.max_paper"),
        ("[papers]\nmax_papers = -1\n", "papers.max_papers"),
        ("seed = 'x'\n", "seed"),
        ("[papers\n", "not TOML"),
        ("[verdicts]\nrisk = 99999999999999999999999999\n", "verdicts.risk"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, content, said):
    """A setting that does not exist or does not fit is named, with its section."""
    path = tmp_path / "settings.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputFileError, match=said):
        load_config(path)


def test_a_missing_file_is_named(tmp_path):
    """The error names the file."""
    with pytest.raises(InputFileError, match=r"nothing\.toml"):
        load_config(tmp_path / "nothing.toml")
