"""Document -> one web page: no script, nothing fetched, prints on A4; every figure a link into the desk."""

from html import escape
from pathlib import Path

from reports import charts
from reports.document import Block, Chart, Document, Heading, Note, Paragraph, Quote, Sentence, Span, Table

LEFT = ' class="left"'
POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # even a mistake of ours could not run a script or call home


def render(document: Document) -> bytes:
    """The document as one UTF-8 HTML file; all text is escaped, links are http(s) or left out."""
    style = Path(__file__).with_name("digest.css").read_text(encoding="utf-8")
    parts = [
        '<!doctype html>\n<html lang="zh-CN">\n<head>\n<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{_text(document.title)} {_text(document.subtitle)}</title>",
        f"<style>\n{style}</style>\n</head>\n<body>\n<main>",
        f'<h1>{_text(document.title)}</h1>\n<p class="subtitle">{_text(document.subtitle)}</p>',
    ]
    parts += [_block(block) for block in document.blocks]
    parts.append(f'<p class="stamp">{_text(document.stamp)}</p>\n</main>\n</body>\n</html>\n')
    return "\n".join(parts).encode("utf-8", "replace")


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level + 1}>{_text(block.text)}</h{block.level + 1}>"
    if isinstance(block, Paragraph):
        lead = f'<span class="lead">{_text(block.lead)}</span>' if block.lead else ""
        return f"<p>{lead}{''.join(_sentence(s) for s in block.sentences)}</p>"
    if isinstance(block, Note):
        return f'<p class="note">{_text(block.text)}</p>'
    if isinstance(block, Quote):
        words = _span(Span(f"“{block.text}”", block.link))
        return f'<blockquote>{words}<span class="origin">（{_text(block.origin)}）</span></blockquote>'
    if isinstance(block, Table):
        return _table(block)
    return _chart(block)


def _table(block: Table) -> str:
    widths = "".join(f'<col style="width:{100 * w / sum(block.widths):.1f}%">' for w in block.widths)
    head = "".join(f'<th scope="col">{_text(words)}</th>' for words in block.header)
    rows = "\n".join(_row(block, number) for number in range(len(block.rows)))
    caption = f"<caption>{_text(block.caption)}</caption>"
    return (
        f"<table>{caption}<colgroup>{widths}</colgroup><thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table>"
    )


def _row(block: Table, row: int) -> str:
    cells = []
    for number, sentence in enumerate(block.rows[row]):
        down = block.spans_down(row, number)
        if down:
            span = f' rowspan="{down}"' if down > 1 else ""
            cells.append(f"<td{LEFT if number in block.left else ''}{span}>{_sentence(sentence)}</td>")
    return f"<tr>{''.join(cells)}</tr>"


def _chart(block: Chart) -> str:
    legend = "".join(
        f'<i style="background:rgb{colour}"></i>{_text(name)}'
        for colour, name in ((charts.WHOLE, block.whole_name), (charts.PART, block.part_name))
    )
    caption = f"<figcaption>{_text(block.caption)}</figcaption>"
    return f'<figure>{caption}{charts.svg(block)}<p class="legend">{legend}</p></figure>'


def _sentence(sentence: Sentence) -> str:
    return "".join(_span(span) for span in sentence.spans)


def _span(span: Span) -> str:
    if not span.link.startswith(("http://", "https://")):
        return _text(span.text)
    return f'<a href="{escape(span.link, quote=True)}">{_text(span.text)}</a>'


def _text(text: str) -> str:
    return escape("".join(ch for ch in text if ch in "\t\n" or ord(ch) >= 32), quote=True)
