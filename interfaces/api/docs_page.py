"""`/docs`: the contract as a page to read and to try. All of it comes from here, and nothing from elsewhere."""

from functools import cache
from importlib.resources import files

from fastapi import APIRouter
from fastapi.responses import Response

from application.execute import NoSuchItem
from interfaces.api.answer import Answer, declares

# Of Swagger UI (Apache 2.0), as `fastapi-offline` carries it.
ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css"}
HTML = "text/html"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Kroniek: the contract</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<noscript>The contract is at <a href="openapi.json">openapi.json</a>; this page needs JavaScript to show it.</noscript>
<div id="contract"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/begin.js"></script>
</body>
</html>
"""
_BEGIN = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#contract", deepLinking: true, validatorUrl: null, queryConfigEnabled: false,
  presets: [SwaggerUIBundle.presets.apis, SwaggerUIBundle.SwaggerUIStandalonePreset],
});
"""

router = APIRouter(include_in_schema=False)


@router.get("/docs")
@declares(Answer(str, media_type=HTML))
async def docs() -> Response:
    return Response(_PAGE, media_type=HTML, headers={"Content-Security-Policy": POLICY})


@router.get("/docs/{name}")
@declares(*(Answer(str, media_type=media_type) for media_type in dict.fromkeys(ASSETS.values())))
async def docs_asset(name: str) -> Response:
    if name == "begin.js":
        return Response(_BEGIN, media_type="text/javascript")
    if name not in ASSETS:
        raise NoSuchItem(f"the page has no part {name[:100]!r}")
    return Response(_asset(name), media_type=ASSETS[name])


@cache
def _asset(name: str) -> bytes:
    return (files("fastapi_offline") / "static" / name).read_bytes()
