"""The page of `cf-sbom report`: what stands in it (view) and how it becomes one file (html).

`page.html`, `style.css` and `built/` are what the file is made of; `source/` is what `built/` is made of.
"""
