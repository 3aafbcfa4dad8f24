// What the views of runs and photos share: which run is shown, photos with their names, labels, explanations.

import { api } from './api.js';
import { store } from './store.js';
import { emptyState as emptyPlace, h, icon, menuButton, openViewer, progressBar as bar, toast } from './ui.js';
import { formatDuration, has, t } from './words.js';

export const canEdit = () => !store.state?.project.readOnly;

/** Whether the server can draw Grad-CAM. */
export const canExplain = () => Boolean(store.state?.tools.libtorch && store.state.tools.drawing);

/** The part of an address after the view: #/results/NAME. */
export const firstPart = params => decodeURIComponent(String([].concat(params ?? [])[0] ?? '').split('/')[0]);

/** The run of a name, or the newest one that has a model. */
export function chosenRun(name) {
    const runs = store.state?.runs ?? [];
    if (name) return runs.find(run => run.name === name) ?? null;
    return runs.filter(run => run.hasModel).sort((a, b) => b.created.localeCompare(a.created))[0] ?? null;
}

/** The choice of the run that a view shows. */
export function runPicker(view, chosen) {
    const name = chosen?.name ?? t('results.compareChoose');
    const items = () => store.state.runs.filter(run => run.hasModel || run.name === chosen?.name).map(run => ({
        label: run.name, checked: run.name === chosen?.name,
        run: () => { location.hash = `#/${view}/${encodeURIComponent(run.name)}`; },
    }));
    return picker(t('runs.model'), name, items);
}

/** A choice with its name before it; `set` shows another one. */
export function picker(label, chosen, items, props = {}) {
    const text = h('bdi', {});
    const button = menuButton([text, icon('down')], items, { class: 'picker', ...props });
    const set = name => { text.textContent = name; button.setAttribute('aria-label', `${label}: ${name}`); };
    set(chosen);
    return Object.assign(h('div', { class: 'field' }, h('span', { 'aria-hidden': 'true' }, label), button), { set });
}

/** A view of a run that is built again as soon as the run has a model. */
export const withModel = build => (container, params) => {
    const hasModel = () => Boolean(chosenRun(firstPart(params))?.hasModel);
    let had = hasModel(), view = build(container, params);
    const look = () => {
        if (had || !hasModel()) return;
        had = true;
        const hadFocus = container.contains(document.activeElement);
        view.unmount();
        container.replaceChildren();
        view = build(container, params);
        if (hadFocus) container.closest('main')?.focus({ preventScroll: true });
    };
    const listeners = [store.on('state', look), store.on('run', look)];
    return { unmount() { for (const stop of listeners) stop(); view.unmount(); } };
};

/** What stands in a view of models while there is none. */
export const noModel = () => emptyState(t('runs.none'), t('runs.noneText'), h('a', { class: 'button primary', href: '#/train' }, t('runs.toTrain')));

export const emptyState = (title, text, ...actions) => emptyPlace({ name: 'info', title, text, actions: actions.filter(Boolean) });

export const notice = (kind, ...content) => h('div', { class: `notice ${kind}`, role: kind === 'warning' ? 'alert' : null },
    icon(kind === 'good' ? 'check' : kind === 'warning' ? 'warning' : 'info'), h('div', {}, content));

/** Runs work, and shows its error where it happened. */
export async function attempt(place, work) {
    try {
        place?.replaceChildren();
        return await work();
    } catch (error) {
        if (error.name === 'AbortError') return undefined;
        if (place?.isConnected) place.replaceChildren(notice('warning', error.message));
        else toast(error.message, { kind: 'error' });
        return undefined;
    }
}

export const className = id => store.classById(id)?.name ?? t('runs.noLabel');

export const chip = name => h('bdi', { class: 'name-chip' }, name);

/** A sentence of the table with elements in its gaps: "Labeled {label}, but looks like {likely}". */
export function sentence(words, elements) {
    const key = Object.fromEntries(Object.keys(elements).map(name => [name, `\u0001${name}\u0001`]));
    return t(words, key).split('\u0001').map((part, index) => index % 2 ? elements[part] : part);
}

/** The name of a setting in the words of the page. */
export const settingName = key => has(`setting.${key}`) ? t(`setting.${key}`) : key;

/** A photo that opens large. */
export function photoButton(photo, { onclick, note } = {}) {
    const failed = () => h('span', { class: 'photo-failed' }, icon('warning'), h('span', {}, photo.problem ?? t('runs.unreadable')));
    const button = h('button', {
        type: 'button', class: 'photo', title: photo.name, 'aria-label': t('runs.viewLarge', { name: photo.name }),
        onclick: onclick ?? (() => openViewer([photo], 0, {})),
    });
    if (photo.state === 'unreadable' || photo.state === 'missing') button.append(failed());
    else {
        button.append(h('img', {
            src: api.thumbnail(photo), alt: '', loading: 'lazy', decoding: 'async',
            onerror: event => event.target.replaceWith(failed()),
        }));
    }
    if (note) button.append(h('span', { class: 'photo-note' }, note));
    return button;
}

/** The choice of another class for photos. */
export function labelMenu(photos, done, title = t('runs.labelAs')) {
    const isOf = one => photos.every(photo => photo.class === one.id);
    const label = async one => {
        if (isOf(one)) return;
        try { await edit({ kind: 'label', photos: photos.map(photo => photo.id), class: one.id }); } catch { return; }
        for (const photo of photos) photo.class = one.id;
        done?.(one);
    };
    return menuButton([h('span', {}, title), icon('down')], () => store.state.classes.map(one =>
        ({ label: one.name, checked: isOf(one), run: () => label(one) })), { class: 'label-menu' });
}

export async function edit(body) {
    try {
        return await store.edit(body);
    } catch (error) {
        toast(error.message, { kind: 'error' });
        throw error;
    }
}

/** Shows something else in the place of a computed image. An image that is still on its way is not shown any more. */
export function showInstead(place, ...content) {
    place.request?.abort();
    place.request = null;
    place.removeAttribute('aria-busy');
    place.replaceChildren(...content);
}

/** Shows an image that the server computes, such as a Grad-CAM overlay, or the error as text. */
export async function computedImage(place, alt, ask) {
    showInstead(place, h('span', { class: 'computing' }, t('runs.computing')));
    place.setAttribute('aria-busy', 'true');
    const request = place.request = new AbortController();
    let content;
    try {
        const address = URL.createObjectURL(await ask(request.signal));
        content = h('img', { src: address, alt, 'data-testid': 'explanation' });
        content.onload = content.onerror = () => URL.revokeObjectURL(address);
    } catch (error) {
        content = notice('warning', error.message);
    }
    // A later request owns the place.
    if (place.request === request) showInstead(place, content);
}

export function progressBar(label, testid) {
    const element = bar(label);
    if (testid) element.dataset.testid = testid;
    return element;
}

/** The progress of a job in a sentence. */
export function jobText(job) {
    const parts = [job.message];
    if (job.state === 'waiting') parts.push(t('job.waiting'));
    if (job.total) parts.push(t('job.progress', { done: job.done, total: job.total }));
    if (job.secondsLeft) parts.push(t('job.left', { time: formatDuration(job.secondsLeft) }));
    return parts.filter(Boolean).join(' · ') || t('runs.working');
}

/** A text with a button that copies it. */
export function copyable(text, label, kind) {
    const said = h('span', { class: 'hidden', role: 'status' });
    const button = h('button', { type: 'button', class: 'copy', 'aria-label': t('runs.copyThis', { name: label }) }, icon('copy'), h('span', {}, t('runs.copy')));
    button.onclick = async () => {
        const word = button.lastChild;
        try { await navigator.clipboard.writeText(text); } catch {
            // Without a secure context there is no clipboard. The selection can still be copied.
            getSelection().selectAllChildren(code);
            word.textContent = t('runs.selected');
            return;
        }
        word.textContent = said.textContent = t('runs.copied');
        setTimeout(() => { word.textContent = t('runs.copy'); said.textContent = ''; }, 2000);
    };
    const code = h('code', {}, text);
    return h('div', { class: 'copyable', 'data-testid': 'use-command', 'data-kind': kind },
        h('pre', { tabindex: '0', role: 'region', 'aria-label': label }, code), button, said);
}

/** Calls a function at most once in a while, and always after the last call. */
export function throttled(milliseconds, run) {
    let timer = null, again = false;
    const call = () => {
        if (timer !== null) { again = true; return; }
        run();
        timer = setTimeout(() => { timer = null; if (again) { again = false; call(); } }, milliseconds);
    };
    call.stop = () => clearTimeout(timer);
    return call;
}
