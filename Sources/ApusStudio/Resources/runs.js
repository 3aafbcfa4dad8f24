// What the views of runs and photos share: which run is shown, photos with their names, labels, explanations.

import { api } from './api.js';
import { store } from './store.js';
import { emptyState as emptyPlace, h, icon, openViewer, progressBar as bar, toast } from './ui.js';
import { formatDuration, t } from './words.js';

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
    const runs = store.state.runs.filter(run => run.hasModel || run.name === chosen?.name);
    const select = h('select', {
        onchange: event => { location.hash = `#/${view}/${encodeURIComponent(event.target.value)}`; },
    }, runs.map(run => h('option', { value: run.name, selected: run.name === chosen?.name }, run.name)));
    return h('label', { class: 'field' }, h('span', {}, t('runs.model')), select);
}

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
export function labelSelect(photos, done, title = t('runs.labelAs')) {
    const current = photos.length === 1 ? photos[0].class : null;
    return h('select', {
        class: 'label-select', 'aria-label': title, disabled: !canEdit(),
        onchange: async event => {
            const chosen = Number(event.target.value);
            event.target.value = '';
            await edit({ kind: 'label', photos: photos.map(photo => photo.id), class: chosen });
            for (const photo of photos) photo.class = chosen;
            done?.(chosen);
        },
    }, h('option', { value: '' }, title), store.state.classes.map(one =>
        h('option', { value: one.id, disabled: one.id === current }, one.name)));
}

export async function edit(body) {
    try {
        return await store.edit(body);
    } catch (error) {
        toast(error.message, { kind: 'error' });
        throw error;
    }
}

/** An image that the server computes: a Grad-CAM overlay, or the error as text. */
export async function computedImage(place, alt, path, body) {
    place.replaceChildren(h('span', { class: 'computing' }, t('runs.computing')));
    place.setAttribute('aria-busy', 'true');
    try {
        const response = await fetch(api.url(path), body ? { method: 'POST', body } : {});
        if (!response.ok) throw new Error((await response.json().catch(() => null))?.error ?? t('runs.failed'));
        const address = URL.createObjectURL(await response.blob());
        const image = h('img', { src: address, alt, 'data-testid': 'explanation' });
        image.onload = () => URL.revokeObjectURL(address);
        place.replaceChildren(image);
        return true;
    } catch (error) {
        place.replaceChildren(notice('warning', error.message));
        return false;
    } finally {
        place.removeAttribute('aria-busy');
    }
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
