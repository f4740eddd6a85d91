"""Where the book is at home, if the configuration says so: `kexue_home: https://github.com/owner/name`.

Pages then name their address at GitHub Pages (or at `html_baseurl`), show a picture where a link to them is shared, and
lead to Binder, Colab and a form for mistakes; search engines find a map of the pages. With an empty one nothing points
anywhere; every page has its description all the same.
"""

from __future__ import annotations

import base64
import hashlib
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.errors import ExtensionError

from ..cache import write_whole

PICTURE = re.compile(r'<img alt="[^"]*" src="data:image/png;base64,([^"]+)"')  # that stands in for an explorer
GITHUB = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)/?")

NO_CARDS = ModuleType("no_cards")
vars(NO_CARDS).update(create_social_card=None, DEFAULT_SOCIAL_CONFIG={})


def configure(app: Sphinx, config: Config) -> None:
    """Derive all addresses from that of the project, if there is one."""
    config.ogp_social_cards = {"enable": False}  # a page's own figure says more
    home = config.kexue_home
    if not home:
        return
    project = GITHUB.fullmatch(home)
    if not project:
        raise ExtensionError(f"kexue_home must be https://github.com/owner/name, got {home!r}")
    pages = config.html_baseurl or f"https://{project[1].lower()}.github.io/{project[2]}"
    config.html_baseurl = pages.rstrip("/") + "/"
    config.ogp_site_url = config.html_baseurl
    config.sitemap_url_scheme = "{link}"
    config.sitemap_locales = [None]  # each edition has its own map
    config.notfound_urls_prefix = urlsplit(config.html_baseurl).path
    config.html_theme_options |= {
        "repository_url": home,
        "use_repository_button": True,
        "use_issues_button": True,
        "launch_buttons": {
            "notebook_interface": "jupyterlab",
            "binderhub_url": "https://mybinder.org",
            "colab_url": "https://colab.research.google.com",
        },
    }


def prepare_page(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Let the first figure of a page stand for it where a link is shared, and launch only what Binder and Colab can open."""
    if doctree and app.env.doc2path(pagename).endswith(".md"):
        app.env.metadata[pagename].pop("kernelspec", None)
    found = PICTURE.search(context.get("body", "")) if app.config.kexue_home and doctree else None
    if found:
        content = base64.b64decode(found[1])
        name = f"_images/{hashlib.sha256(content).hexdigest()[:16]}.png"
        path = Path(app.outdir, name)
        path.parent.mkdir(exist_ok=True)
        write_whole(path, content)
        context["meta"] = {**(context.get("meta") or {}), "og:image": name}


def keep_description(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    """Without a home, leave of what links show the description alone."""
    if not app.config.kexue_home:
        context["metatags"] = re.sub(
            r'<meta (?:property="og:|name="twitter:)[^>]*>\n?', "", context.get("metatags", "")
        )


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the extension; where the setting is not there at all, it does nothing."""
    app.add_config_value("kexue_home", None, "html", [str])
    if app.config.kexue_home is None:
        return {"parallel_read_safe": True, "parallel_write_safe": True}
    # Its own pictures would be drawn by matplotlib, which takes as long to import as a third of a build in which nothing is new.
    sys.modules.setdefault("sphinxext.opengraph._social_cards", NO_CARDS)
    app.setup_extension("sphinxext.opengraph")
    if app.config.kexue_home:
        for name in ("sphinx_sitemap", "notfound.extension"):
            app.setup_extension(name)
    app.connect("config-inited", configure, priority=350)  # before the theme looks
    app.connect("html-page-context", prepare_page, priority=400)  # before the description of the link is written
    app.connect("html-page-context", keep_description, priority=600)  # after it
    return {"parallel_read_safe": True, "parallel_write_safe": True}
