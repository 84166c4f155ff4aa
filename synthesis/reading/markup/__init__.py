"""What readers of XML and HTML share: safe parsing, inline text, formulas, nested headings."""
