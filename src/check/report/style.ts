/** Of the status page. */
export const style = `
:root {
	--ground: #f6f7f9; --card: #fff; --text: #1b1f27; --muted: #5c6675; --edge: #e1e5eb;
	--ok: #1f9d61; --warning: #d98a00; --critical: #d3364a; --none: #cfd5de; --line: #4a7bd0;
}
@media (prefers-color-scheme: dark) {
	:root {
		--ground: #12151b; --card: #1b2029; --text: #e8ebf0; --muted: #9aa5b5; --edge: #2b323e;
		--ok: #3cc483; --warning: #f0ab33; --critical: #f2637a; --none: #3a4352; --line: #7ea6ee;
	}
}
* { box-sizing: border-box; }
body {
	margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; background: var(--ground); color: var(--text);
	font: 1rem/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere;
}
header { border-left: .5rem solid var(--none); padding: .25rem 0 .25rem 1rem; margin-bottom: 1.5rem; }
header.ok { border-color: var(--ok); } header.warning { border-color: var(--warning); }
header.critical { border-color: var(--critical); }
h1 { font-size: 1.5rem; margin: 0; } header p { margin: .15rem 0 0; font-size: 1.1rem; color: var(--muted); }
h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
h3 { font-size: 1rem; margin: 0; font-weight: 600; }
article {
	display: grid; grid-template-columns: minmax(10rem, 1fr) minmax(0, 24rem); gap: .15rem 1.25rem; align-items: center;
	background: var(--card); border: 1px solid var(--edge); border-radius: .6rem; padding: .75rem 1rem; margin: .5rem 0;
}
article strong { font-size: .9rem; color: var(--muted); }
article.ok strong { color: var(--ok); } article.warning strong { color: var(--warning); }
article.critical strong { color: var(--critical); }
article.critical { border-left: .35rem solid var(--critical); } article.warning { border-left: .35rem solid var(--warning); }
.charts { display: grid; grid-template-columns: 2fr 1fr; gap: .75rem; }
.charts svg { display: block; width: 100%; height: 2.1rem; }
.figures { margin: 0; color: var(--muted); font-size: .85rem; } .figures span { margin-right: .9rem; }
.message, .note { grid-column: 1 / -1; margin: .2rem 0 0; font-size: .9rem; } .note { color: var(--muted); }
footer { margin-top: 2rem; color: var(--muted); font-size: .8rem; }
@media (max-width: 40rem) { article { grid-template-columns: 1fr; gap: .4rem; } }
`;
