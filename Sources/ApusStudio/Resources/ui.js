// Parts of the page that all views share.

import { api } from './api.js';
import { h, icon } from './dom.js';
import { store } from './store.js';
import { t } from './words.js';

export { h, svg, icon } from './dom.js';
export { VirtualGrid } from './grid.js';
export { openViewer } from './viewer.js';

/** A button with an icon and a name; the name is hidden with isQuiet, and shown as a tooltip. */
export const iconButton = (name, label, props = {}) => h('button', { type: 'button', class: 'icon-button', 'aria-label': label, title: label, ...props }, icon(name));

// Keys of classes: 1 to 9, then letters.

const classKeys = '123456789abcdefghijklmnopqrstuvwxyz';

/** The key of the class at a position, or an empty string for classes after the 35th. */
export const classKey = position => classKeys[position] ?? '';

/** The class that a key press names; null for other keys and for presses with Ctrl, Alt or Meta. */
export function classForKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.key.length !== 1) return null;
    return store.state?.classes[classKeys.indexOf(event.key.toLowerCase())] ?? null;
}

/** Whether keys are meant for a field or an open dialog, not for the view. */
export const isTyping = event => Boolean(document.querySelector('dialog:modal') || event.target.closest?.('input:not([type=checkbox], [type=radio], [type=range], [type=file]), textarea, select, [contenteditable], dialog, [popover]:popover-open, [role=menu]'));

/** The dot of a class: a color from its position. Its name always stands next to it. */
export const classDot = position => h('span', { class: 'dot', 'aria-hidden': 'true', style: { '--hue': String(Math.round((position * 137.5 + 250) % 360)) } });

/** Name and dot of a class. `id` null: no label. */
export function classChip(id) {
    const index = store.state?.classes.findIndex(each => each.id === id) ?? -1;
    if (index < 0) return h('span', { class: 'chip is-none' }, h('span', { class: 'chip-name' }, t('photo.none')));
    return h('span', { class: 'chip' }, classDot(index), h('bdi', { class: 'chip-name' }, store.state.classes[index].name));
}

// Tiles

const badgeOf = photo => photo.state === 'unreadable' ? t('photo.unreadable') : photo.state === 'missing' ? t('photo.missing')
    : photo.split === 'test' ? t('photo.test') : photo.split === 'val' ? t('photo.val') : null;

/** Loads the picture of a tile. */
export function revealTile(tile) {
    const image = tile.querySelector('img');
    if (tile.classList.contains('is-broken')) return;
    if (image.getAttribute('src') !== tile.dataset.source) image.src = tile.dataset.source;
    else if (image.complete) image.style.visibility = '';
}

/** Shows a photo in a tile that exists. The picture of the photo before it is hidden at once; with `defers` revealTile loads the new one. */
export function updateTile(tile, photo, { selected = false, badge = badgeOf(photo), caption, defers = false } = {}) {
    const image = tile.querySelector('img');
    const address = api.thumbnail(photo);
    if (tile.dataset.source !== address) {
        tile.dataset.source = address;
        tile.classList.toggle('is-broken', photo.state === 'unreadable' || photo.state === 'missing');
        image.style.visibility = 'hidden';
        if (!defers) revealTile(tile);
    }
    tile.title = photo.name;
    tile.dataset.photo = photo.id;
    const name = store.classById(photo.class)?.name ?? t('photo.none');
    tile.setAttribute('aria-label', [photo.name, name, badge].filter(each => typeof each === 'string').join(', '));
    if (tile.getAttribute('role') === 'option') tile.setAttribute('aria-selected', selected);
    const mark = tile.querySelector('.tile-badge');
    mark.replaceChildren(...badge ? [badge] : []);
    mark.hidden = !badge;
    tile.classList.toggle('is-test', photo.split === 'test');
    // The class is written anew only if it is another one.
    const key = caption === undefined ? `${photo.class} ${name}` : null;
    if (key === null || tile.captionKey !== key) tile.querySelector('.tile-caption').replaceChildren(...caption === undefined ? [classChip(photo.class)] : caption ? [caption] : []);
    tile.captionKey = key;
    return tile;
}

/**
 * A photo as a square with a caption. With onclick it is a button. Other options: badge (text or node; null for none),
 * caption (node; null for none; its class if absent), selected, testid.
 */
export function photoTile(photo, { onclick, testid = 'tile', ...options } = {}) {
    const image = h('img', { alt: '', loading: onclick ? 'lazy' : 'eager', decoding: 'async', draggable: 'false' });
    const tile = h(onclick ? 'button' : 'div', { class: 'tile', type: onclick ? 'button' : null, dataset: { testid }, onclick: onclick ? event => onclick(photo, event) : null },
        h('span', { class: 'tile-image' }, image, h('span', { class: 'tile-broken' }, icon('warning')), h('span', { class: 'tile-badge', hidden: true }), h('span', { class: 'tile-check', 'aria-hidden': 'true' }, icon('check'))),
        h('span', { class: 'tile-caption' }));
    const isCurrent = () => image.getAttribute('src') === tile.dataset.source;
    image.addEventListener('load', () => { if (isCurrent()) image.style.visibility = ''; });
    image.addEventListener('error', () => { if (isCurrent()) tile.classList.add('is-broken'); });
    return updateTile(tile, photo, options);
}

// Messages

let region = null;

/** A message at the edge of the page. Errors stay until they are closed. */
export function toast(message, { kind = 'info', action = null, seconds = 6 } = {}) {
    region ??= document.querySelector('#toasts');
    const close = () => item.remove();
    const item = h('div', { class: ['toast', `is-${kind}`], role: kind === 'error' ? 'alert' : 'status', dataset: { testid: 'toast' } },
        kind === 'error' ? icon('warning') : null,
        h('span', { class: 'toast-text' }, message),
        action ? h('button', { type: 'button', class: 'link', onclick: () => { close(); action.run(); } }, action.label) : null,
        iconButton('close', t('dismissToast'), { onclick: close }));
    // Undo means the latest edit: an older offer would mislead.
    if (action && kind !== 'error') for (const old of region.querySelectorAll('.toast.is-info')) if (old.querySelector('.link')) old.remove();
    region.append(item);
    while (region.children.length > 4) region.firstChild.remove();
    if (kind !== 'error') {
        let timer = setTimeout(close, seconds * 1000);
        item.addEventListener('pointerenter', () => clearTimeout(timer));
        item.addEventListener('focusin', () => clearTimeout(timer));
        item.addEventListener('pointerleave', () => { timer = setTimeout(close, 2000); });
    }
    return { close };
}

/** Shows an error where all errors without a place of their own appear. */
export const toastError = (error, action = null) => toast(error?.message ?? String(error), { kind: 'error', action });

/** Speaks to screen readers only. */
export function announce(text) {
    const element = document.querySelector('#announcer');
    element.textContent = '';
    requestAnimationFrame(() => { element.textContent = text; });
}

// Dialogs

/** A modal dialog; resolves with its return value once it is closed ('' for Escape). `body`: nodes. `actions`: {label, value, class}. */
export function openDialog({ title, body = [], actions = [], className = '', onopen = null }) {
    return new Promise(resolve => {
        const id = `dialog-${Math.random().toString(36).slice(2)}`;
        const dialog = h('dialog', { class: ['dialog', className], 'aria-labelledby': id },
            h('form', { method: 'dialog' },
                h('h2', { id }, title), body,
                h('div', { class: 'dialog-actions' }, actions.map(each => h('button', { value: each.value, class: each.class ?? '', formnovalidate: each.value === '' , type: 'submit', disabled: each.disabled }, each.label)))));
        dialog.addEventListener('close', () => { resolve(dialog.returnValue); dialog.remove(); });
        document.body.append(dialog);
        dialog.showModal();
        onopen?.(dialog);
    });
}

/** True when the user agrees. */
export const confirmDialog = async ({ title, text, action = t('ok'), isDangerous = false }) => await openDialog({
    title, body: text ? [h('p', {}, text)] : [],
    actions: [{ label: t('cancel'), value: '' }, { label: action, value: 'ok', class: isDangerous ? 'danger' : 'primary' }],
}) === 'ok';

/** The text that the user enters, or null. */
export async function promptDialog({ title, label, value = '', action = t('ok') }) {
    const input = h('input', { type: 'text', value, required: true, maxlength: 200, autocomplete: 'off', 'aria-label': label });
    const answer = await openDialog({
        title, body: [h('label', { class: 'field' }, h('span', {}, label), input)],
        // The first submit button is what Enter presses: it comes first in the form, and last in the picture.
        actions: [{ label: action, value: 'ok', class: 'primary' }, { label: t('cancel'), value: '' }],
        className: 'is-reversed', onopen: () => { input.focus(); input.select(); },
    });
    return answer === 'ok' && input.value.trim() ? input.value.trim() : null;
}

// Menus

/** Opens a menu at an element. Items: {label, icon, run, danger, checked}, or null for a line. */
export function openMenu(anchor, items) {
    const buttons = [];
    const menu = h('div', { class: 'menu', role: 'menu', popover: 'auto' }, items.filter(each => each !== undefined && each !== false).map(each => {
        if (each === null) return h('div', { class: 'menu-line', role: 'separator' });
        const button = h('button', {
            type: 'button', role: 'checked' in each ? 'menuitemradio' : 'menuitem', tabindex: -1, class: each.danger ? 'is-danger' : '', 'aria-checked': 'checked' in each ? Boolean(each.checked) : null,
            onclick: () => { menu.hidePopover(); each.run(); },
        }, each.node ?? icon('checked' in each ? each.checked ? 'check' : 'blank' : each.icon ?? 'blank'), h('bdi', {}, each.label));
        buttons.push(button);
        return button;
    }));
    menu.addEventListener('keydown', event => {
        const at = buttons.indexOf(document.activeElement);
        const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
        if (to === undefined) { if (event.key === 'Tab') menu.hidePopover(); return; }
        event.preventDefault();
        buttons[(to + buttons.length) % buttons.length].focus();
    });
    menu.addEventListener('toggle', event => {
        if (event.newState === 'open') return;
        anchor.setAttribute('aria-expanded', 'false');
        if (menu.contains(document.activeElement) || document.activeElement === document.body) anchor.focus();
        menu.remove();
    });
    (anchor.closest('dialog, [popover]:popover-open, main') ?? document.body).append(menu);
    menu.showPopover();
    anchor.setAttribute('aria-expanded', 'true');
    const at = anchor.getBoundingClientRect(), size = menu.getBoundingClientRect();
    const left = at.left + size.width > innerWidth - 8 ? at.right - size.width : at.left;
    const below = at.bottom + 4 + size.height <= innerHeight - 8 || at.top < size.height + 12;
    menu.style.left = `${Math.max(8, left)}px`;
    menu.style.top = `${below ? Math.min(at.bottom + 4, Math.max(8, innerHeight - size.height - 8)) : at.top - size.height - 4}px`;
    buttons[0]?.focus();
}

/** A button that opens a menu; items() is asked at each opening. */
export const menuButton = (content, items, props = {}) => {
    const button = h('button', { type: 'button', 'aria-haspopup': 'menu', 'aria-expanded': 'false', ...props, onclick: () => openMenu(button, items()) }, content);
    return button;
};

/** A view's place for what it has to say when there is nothing to show. */
export const emptyState = ({ name = 'image', title, text, actions = [] }) => h('div', { class: 'empty' }, icon(name), h('h2', {}, title), text ? h('p', {}, text) : null, actions.length ? h('div', { class: 'empty-actions' }, actions) : null);

/** A bar of progress with a name; value null: unknown. */
export function progressBar(label, value = null) {
    const fill = h('span', { class: 'progress-fill' });
    const bar = h('div', { class: 'progress', role: 'progressbar', 'aria-label': label, 'aria-valuemin': 0, 'aria-valuemax': 100 }, fill);
    bar.set = next => {
        bar.classList.toggle('is-unknown', next === null);
        if (next === null) bar.removeAttribute('aria-valuenow'); else bar.setAttribute('aria-valuenow', Math.round(next * 100));
        fill.style.transform = next === null ? '' : `scaleX(${Math.max(0, Math.min(1, next))})`;
    };
    bar.set(value);
    return bar;
}
