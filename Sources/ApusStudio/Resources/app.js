// The shell: navigation, undo and redo, work in progress, language and theme, and what to do when the server is gone.

import { api } from './api.js';
import { store } from './store.js';
import { announce, emptyState, h, icon, iconButton, isTyping, progressBar, toast, toastError } from './ui.js';
import { currentLanguage, describeEdit, formatDuration, formatNumber, serverText, setLanguage, t } from './words.js';

const views = {
    data: () => import('./data.js'), label: () => import('./label.js'), clean: () => import('./clean.js'), train: () => import('./train.js'),
    results: () => import('./results.js'), try: () => import('./try.js'), use: () => import('./use.js'),
};
const part = {};
let mounted = null;
let turn = 0;

// Theme

const themes = ['auto', 'light', 'dark'];
let theme = 'auto';
try { theme = themes.find(each => each === localStorage.getItem('apus-theme')) ?? 'auto'; } catch { /* private windows */ }

function applyTheme() {
    if (theme === 'auto') delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme;
}

function nextTheme() {
    theme = themes[(themes.indexOf(theme) + 1) % themes.length];
    try { localStorage.setItem('apus-theme', theme); } catch { /* private windows */ }
    applyTheme();
    showTheme();
    announce(part.theme.title);
}

function showTheme() {
    const label = t('theme', { name: t(`theme.${theme}`) });
    part.theme.replaceChildren(icon(theme));
    part.theme.title = label;
    part.theme.setAttribute('aria-label', label);
}

// Shell

function build() {
    const link = name => h('a', { href: `#/${name}`, dataset: { view: name, testid: `nav-${name}` } }, icon(name), h('span', {}, t(`nav.${name}`)));
    part.main = h('main', { id: 'main', tabindex: -1 });
    part.project = h('bdi', { class: 'project' });
    part.readOnly = h('span', { class: 'badge', hidden: true }, t('app.readOnly'));
    part.undo = iconButton('undo', t('undo'), { onclick: () => change('undo'), disabled: true, dataset: { testid: 'undo' } });
    part.redo = iconButton('redo', t('redo'), { onclick: () => change('redo'), disabled: true, dataset: { testid: 'redo' } });
    part.theme = iconButton('auto', '', { onclick: nextTheme, dataset: { testid: 'theme' } });
    part.language = h('button', { type: 'button', class: 'plain', lang: currentLanguage() === 'zh' ? 'en' : 'zh-Hans', 'aria-label': t('language'), title: t('language'), dataset: { testid: 'language' }, onclick: switchLanguage }, t('language.short'));
    part.nav = h('nav', { class: 'views', 'aria-label': t('app.views') }, Object.keys(views).map(link));
    part.jobs = h('section', { class: 'jobs', 'aria-label': t('jobs'), hidden: true });
    part.offline = h('div', { class: 'offline', role: 'alert', hidden: !isOffline, dataset: { testid: 'offline' } }, icon('warning'),
        h('p', {}, h('b', {}, t('offline.title')), ' ', h('span', {}, t('offline.text'))),
        h('button', { type: 'button', onclick: () => reconnect(true) }, t('retry')));
    document.querySelector('#app').replaceChildren(
        h('a', { class: 'skip', href: '#main', onclick: event => { event.preventDefault(); part.main.focus(); } }, t('app.skip')),
        h('header', { class: 'bar' },
            h('div', { class: 'brand' }, h('span', { class: 'brand-name' }, t('app.name')), part.project, part.readOnly),
            part.nav,
            h('div', { class: 'tools', role: 'group', 'aria-label': t('app.tools') }, part.undo, part.redo, part.language, part.theme)),
        part.offline, part.main, part.jobs);
    showTheme();
    showState();
    showJobs();
}

function showState() {
    const { state } = store;
    if (!state) return;
    part.project.textContent = state.project.name;
    part.project.title = state.project.folder;
    part.readOnly.hidden = !state.project.readOnly;
    for (const direction of ['undo', 'redo']) {
        const summary = state[direction];
        const label = summary ? t(`${direction}.what`, { what: describeEdit(summary) }) : t(`${direction}.none`);
        Object.assign(part[direction], { disabled: !summary || store.readOnly, title: label });
        part[direction].setAttribute('aria-label', label);
    }
}

function switchLanguage() {
    setLanguage(currentLanguage() === 'zh' ? 'en' : 'zh');
    leave();
    build();
    show();
    part.language.focus();
}

async function change(direction) {
    // The state that enables the buttons may be older than the last edit: the server knows what can be undone.
    if (store.readOnly) return;
    try {
        const summary = await store[direction]();
        toast(summary ? t(`${direction}.done`, { what: describeEdit(summary) }) : t(`${direction}.none`), { seconds: 3 });
    } catch (error) {
        toastError(error);
    }
}

// Work in progress

const rows = new Map();

function showJobs() {
    const active = (store.state?.jobs ?? []).filter(each => each.state === 'running' || each.state === 'waiting').filter(each => each.kind !== 'head');
    for (const [id, row] of rows) if (!active.some(each => each.id === id) || row.parentNode !== part.jobs) { row.remove(); rows.delete(id); }
    for (const job of active) {
        const name = t(`job.${job.kind}`) + (job.run ? ` · ${job.run}` : '');
        let row = rows.get(job.id);
        if (!row) {
            const bar = progressBar(name);
            const text = h('span', { class: 'job-text' });
            row = h('div', { class: 'job', dataset: { testid: 'job', kind: job.kind } }, h('bdi', { class: 'job-name' }, name), bar, text,
                iconButton('close', t('job.cancel', { name }), { dataset: { testid: 'job-cancel' }, onclick: () => api.post(`jobs/${job.id}/cancel`).catch(toastError) }));
            Object.assign(row, { bar, text });
            rows.set(job.id, row);
            part.jobs.append(row);
        }
        row.bar.set(job.total && job.state === 'running' ? job.done / job.total : null);
        row.text.textContent = job.state === 'waiting' ? t('job.waiting') : [
            job.total ? t('job.progress', { done: job.done, total: job.total }) : job.done ? formatNumber(job.done) : job.message ?? '',
            job.secondsLeft !== null && job.secondsLeft !== undefined ? t('job.left', { time: formatDuration(job.secondsLeft) }) : '',
        ].filter(Boolean).join(' · ');
    }
    part.jobs.hidden = !active.length;
}

// Views

function leave() {
    // A dialog belongs to its view: it must not stay, nor act when it is gone.
    for (const dialog of document.querySelectorAll('dialog[open]')) dialog.close();
    try { mounted?.unmount?.(); } catch (error) { console.error(error); }
    mounted = null;
}

async function show() {
    const [, name, params] = /^#\/(\w+)\/?(.*)$/.exec(location.hash) ?? [];
    if (!views[name]) { location.replace('#/data'); return; }
    const mine = turn += 1;
    leave();
    for (const link of part.nav.children) {
        if (link.dataset.view === name) link.setAttribute('aria-current', 'page'); else link.removeAttribute('aria-current');
    }
    document.title = `${t(`nav.${name}`)} · ${store.state?.project.name ?? t('app.name')}`;
    const container = h('div', { class: ['view', `view-${name}`] });
    part.main.replaceChildren(container);
    try {
        const module = await views[name]();
        if (mine !== turn) return;
        // params: the text after #/view/, such as the name of a run; empty if there is none.
        mounted = module.mount(container, decodeURIComponent(params ?? ''));
        if (document.activeElement === document.body) part.main.focus({ preventScroll: true });
    } catch (error) {
        console.error(error);
        container.replaceChildren(h('h1', { class: 'hidden' }, t(`nav.${name}`)), emptyState({ name: 'warning', title: t('app.viewFailed'), text: error.message, actions: [h('button', { type: 'button', onclick: show }, t('retry'))] }));
    }
}

// A server that is gone

let isOffline = false, timer = 0;

function offline(value) {
    if (value === isOffline) return;
    isOffline = value;
    part.offline.hidden = !value;
    clearInterval(timer);
    if (value) timer = setInterval(reconnect, 3000);
    else if (part.main.childElementCount) store.connect();
}

async function reconnect(isByHand = false) {
    try { await store.refresh(); if (!mounted) show(); } catch (error) { if (isByHand === true) announce(error.message); }
}

api.onoffline = offline;
store.on('state', () => { showState(); showJobs(); });
store.on('job', job => {
    showJobs();
    if (job.state === 'failed') toast(t('job.failed', { name: t(`job.${job.kind}`), message: serverText(job.message) ?? '' }), { kind: 'error' });
});
for (const name of ['undo', 'redo']) store.on(name, () => { for (const link of document.querySelectorAll('#toasts .is-info .link')) link.closest('.toast').remove(); });
store.on('online', value => { if (!value) store.refresh().catch(() => {}); });

addEventListener('hashchange', () => { part.main.focus({ preventScroll: true }); show(); });
addEventListener('keydown', event => {
    const inViewer = [...document.querySelectorAll('dialog:modal')].at(-1)?.matches('.viewer') && !event.target.closest?.('input, select, textarea');
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.defaultPrevented || isTyping(event) && !inViewer) return;
    const key = event.key.toLowerCase();
    const direction = key === 'z' ? event.shiftKey ? 'redo' : 'undo' : key === 'y' && !event.shiftKey ? 'redo' : null;
    if (!direction) return;
    event.preventDefault();
    change(direction);
});
// A file that misses its place must not replace the page.
for (const name of ['dragover', 'drop']) addEventListener(name, event => { if (!event.defaultPrevented && event.dataTransfer?.types.includes('Files')) event.preventDefault(); });
addEventListener('beforeunload', event => { if (store.pending) event.preventDefault(); });

applyTheme();
build();
part.main.append(h('p', { class: 'loading', role: 'status' }, t('app.loading')));
try {
    await store.refresh();
    store.connect();
    show();
} catch (error) {
    if (error.code !== 'offline') part.main.replaceChildren(emptyState({ name: 'warning', title: t('app.viewFailed'), text: error.message, actions: [h('button', { type: 'button', onclick: () => location.reload() }, t('retry'))] }));
}
