// What pages do beyond forms and links: progress that comes by itself, lists that are
// searched at once, keys for choices, one click for one thing. All works without it.
'use strict';
(() => {
  const all = (what, within = document) => [...within.querySelectorAll(what)];

  // Progress: the server sends the part that moves.
  const live = document.body.dataset.live;
  if (live && window.EventSource) {
    const events = new EventSource(live);
    const lost = document.getElementById('connection');
    events.addEventListener('progress', (e) => {
      lost.hidden = true;
      document.querySelector('[data-progress]').innerHTML = e.data;
    });
    events.addEventListener('end', () => { events.close(); location.reload(); });
    events.addEventListener('error', () => {
      lost.hidden = false;
      if (events.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 5000);
    });
    addEventListener('pagehide', () => events.close());
  }
  const refresh = Number(document.body.dataset.refresh);
  if (refresh) setTimeout(() => { if (!document.activeElement || document.activeElement.tagName !== 'SELECT') location.replace(location.href); }, refresh * 1000);

  // Lists: what does not match is hidden; what is chosen stays.
  for (const list of all('[data-search]')) {
    const count = list.querySelector('.count');
    const checks = all('.check', list);
    const tell = () => {
      if (count) count.textContent = count.textContent.replace(/^\D*[\d,]+/, (s) => s.replace(/[\d,]+/, checks.filter((c) => c.firstElementChild.checked).length));
    };
    list.addEventListener('change', tell);
    const search = list.querySelector('input[type=search]');
    if (!search) continue;
    if (!search.value) list.querySelector('.search button').hidden = true;
    search.addEventListener('input', () => {
      const q = search.value.trim().toLowerCase();
      for (const c of checks) c.hidden = q !== '' && !c.firstElementChild.checked && !c.textContent.toLowerCase().includes(q);
    });
    search.addEventListener('keydown', (e) => { if (e.key === 'Enter' && list.querySelector('.search button').hidden) e.preventDefault(); });
  }
  for (const list of all('[data-search-one]')) {
    const search = list.querySelector('input[type=search]');
    const select = list.querySelector('select');
    if (!search || !select || search.value) continue;
    const options = [...select.options];
    list.querySelector('.search button').hidden = true;
    search.addEventListener('input', () => {
      const q = search.value.trim().toLowerCase();
      select.replaceChildren(...options.filter((o) => !o.value || o.selected || o.textContent.toLowerCase().includes(q)));
    });
    search.addEventListener('keydown', (e) => { if (e.key === 'Enter') e.preventDefault(); });
  }

  // What matters only while a box is ticked.
  for (const part of all('[data-when]')) {
    const box = document.getElementById(part.dataset.when);
    const show = () => { part.hidden = !box.checked; };
    box.addEventListener('change', show);
    show();
  }

  // Groups of a preview, one at a time.
  const tabs = all('.tabs a');
  const pick = (hash) => {
    const chosen = tabs.find((a) => a.hash === hash) || tabs.find((a) => a.querySelector('b').textContent !== '0') || tabs[0];
    for (const a of tabs) {
      if (a === chosen) a.setAttribute('aria-current', 'true'); else a.removeAttribute('aria-current');
      document.querySelector(a.hash).hidden = a !== chosen;
    }
  };
  if (tabs.length) {
    pick(location.hash);
    for (const a of tabs) a.addEventListener('click', (e) => { e.preventDefault(); history.replaceState(null, '', a.hash); pick(a.hash); });
  }

  // Choices by keys.
  const card = document.querySelector('[data-review]');
  if (card) {
    document.addEventListener('keydown', (e) => {
      if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest('input, select, textarea, button, a, summary')) return;
      const button = card.querySelector(`[data-key="${e.key.toLowerCase()}"]`);
      if (button) { e.preventDefault(); button.click(); }
    });
  }

  // One click starts one thing. The page comes to life again when it is shown again.
  document.addEventListener('submit', (e) => {
    const once = e.submitter && e.submitter.matches('[data-once]');
    if (!once) return;
    if (e.target.dataset.sent) { e.preventDefault(); return; }
    e.target.dataset.sent = 'yes';
    e.submitter.setAttribute('aria-disabled', 'true');
  });
  addEventListener('pageshow', () => { for (const f of all('form')) delete f.dataset.sent; });
})();
