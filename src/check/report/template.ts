/**
 * The status page. It forbids the browser all that it does not need; n8n replaces a header that would say so. What stands in `<%=` is escaped; `<%~` holds what this package has drawn itself.
 */
export const template = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="<%= it.refreshSeconds %>">
<title><%= it.title %>: <%= it.summary %></title>
<style><%~ it.style %></style>
</head>
<body>
<header class="<%= it.status %>">
<h1><%= it.title %></h1>
<p><%= it.summary %></p>
</header>
<main>
<% for (const site of it.sites) { %>
<section>
<% if (site.name !== '') { %><h2><%= site.name %></h2><% } %>
<% for (const check of site.checks) { %>
<article class="<%= check.status %>">
<div class="what"><h3><%= check.name %></h3> <strong><%= check.word %></strong></div>
<div class="charts">
<div role="img" aria-label="Up <%= check.uptime %> of the last <%= it.days %> days"><%~ check.bars %></div>
<% if (check.line !== '') { %><div role="img" aria-label="Response times of 24 hours"><%~ check.line %></div><% } %>
</div>
<p class="figures"><span><%= check.uptime %></span><% if (check.latency !== '') { %> <span><%= check.latency %></span><% } %></p>
<% if (check.message !== '') { %><p class="message"><%= check.message %></p><% } %>
<% for (const note of check.notes) { %><p class="note"><%= note %></p><% } %>
</article>
<% } %>
</section>
<% } %>
</main>
<footer>
<p><%= it.checked %> Bars: the last <%= it.days %> days (UTC). Line: 24 hours of response times, of which 95 % were faster.
Uptime counts the time of which something is known; maintenance and time without checks are left out.</p>
</footer>
</body>
</html>
`;
