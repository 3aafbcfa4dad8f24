// One photo, large: arrows go on, Escape closes.

import { api } from './api.js';
import { h, icon } from './dom.js';
import { store } from './store.js';
import { formatBytes, formatNumber, serverText, t } from './words.js';

const tool = (name, label, onclick, extra = '') => h('button', { type: 'button', class: ['icon-button', extra], 'aria-label': label, title: label, onclick }, icon(name));

/**
 * Opens photos at an index. `photos` is an array, or {length, at(index) -> photo or a promise, find(id) -> index}.
 * `actions`: an array of {label, icon, run(photo, viewer)}, or a function (photo, viewer) -> nodes shown below the facts.
 * `onkey(event, photo, viewer)` sees keys that the viewer does not use. `onclose(index)`. viewer: {next(), update(), close()}.
 */
export function openViewer(photos, index = 0, { actions = [], onkey: onpress = null, onclose = null } = {}) {
    let photo = null, turn = 0;    // no photo: it is on its way, and keys must not mean the one before
    let look = () => {}, asked = 0;    // asks again for what is known of the photo
    const source = Array.isArray(photos) ? { get length() { return photos.length; }, at: each => photos[each], find: id => photos.findIndex(each => each.id === id) } : photos;
    const title = h('h2', { class: 'viewer-name', id: 'viewer-name' });
    const position = h('span', { class: 'viewer-position', 'aria-live': 'polite' });
    const stage = h('div', { class: 'viewer-stage' });
    const side = h('div', { class: 'viewer-side' });
    const previous = tool('left', t('viewer.previous'), () => go(index - 1), 'viewer-previous');
    const next = tool('right', t('viewer.next'), () => go(index + 1), 'viewer-next');
    const dialog = h('dialog', { class: 'viewer', tabindex: -1, 'aria-labelledby': 'viewer-name', dataset: { testid: 'viewer' } },
        h('div', { class: 'viewer-bar' }, title, position, tool('close', t('close'), () => dialog.close())),
        h('div', { class: 'viewer-main' }, previous, stage, next), side);
    const viewer = { close: () => dialog.close(), next: () => go(index + 1), update: () => { if (photo) details(photo); }, get photo() { return photo; }, get index() { return index; } };

    async function go(to) {
        if (to < 0 || to >= source.length) return;
        index = to;
        const mine = turn += 1;
        photo = null;
        // They stay enabled, so that the one with the keyboard keeps it at the first and the last photo.
        previous.setAttribute('aria-disabled', index === 0);
        next.setAttribute('aria-disabled', index >= source.length - 1);
        let found = null, problem = t('viewer.failed');
        try { found = await source.at(index); } catch (error) { problem = error.message; }
        if (mine !== turn) return;
        if (!found) {
            title.textContent = title.title = '–';
            stage.replaceChildren(failed(problem));
            fillSide();
            return;
        }
        photo = found;
        title.textContent = photo.name;
        title.title = photo.name;
        position.textContent = t('viewer.position', { index: index + 1, total: source.length });
        // The small picture stands in until the large one is there.
        const small = h('img', { class: 'viewer-image is-small', src: api.thumbnail(photo), alt: '' });
        const large = h('img', { class: 'viewer-image', alt: photo.name, decoding: 'async' });
        large.addEventListener('load', () => { if (mine === turn) stage.replaceChildren(large); });
        large.addEventListener('error', () => { if (mine === turn) stage.replaceChildren(failed(found.problem ?? t('viewer.failed'))); });
        stage.replaceChildren(small);
        large.src = api.image(photo);
        for (const near of [index + 1, index - 1]) if (near >= 0 && near < source.length) Promise.resolve(source.at(near)).then(each => { if (each && mine === turn) new Image().src = api.image(each); }, () => {});
        details(photo);
    }

    const failed = text => h('p', { class: 'viewer-failed' }, icon('warning'), text);

    /** The control with the keyboard is made again: what stands in its place gets it, or else the dialog. */
    function fillSide(...nodes) {
        const controls = () => [...side.querySelectorAll('button, a, input, select')];
        const hadFocus = side.contains(document.activeElement);
        const place = controls().indexOf(document.activeElement);
        side.replaceChildren(...nodes);
        if (hadFocus) (controls()[place] ?? dialog).focus({ preventScroll: true });
    }

    function details(of) {
        const mine = turn;
        const facts = h('dl', { class: 'viewer-facts' });
        const draw = () => fillSide(...[typeof actions === 'function' ? actions(of, viewer) : actions.length
            ? h('div', { class: 'viewer-actions' }, actions.map(each => h('button', { type: 'button', onclick: () => each.run(of, viewer) }, each.icon ? icon(each.icon) : null, each.label))) : null, facts].flat().filter(Boolean));
        const row = (name, value) => value === null || value === undefined || value === '' ? null : h('div', {}, h('dt', {}, t(name)), h('dd', {}, h('bdi', {}, value)));
        const show = more => facts.replaceChildren(...[
            row('viewer.class', store.classById(of.class)?.name ?? t('photo.none')),
            row('viewer.split', t(`photo.${of.split ?? 'auto'}`)),
            row('viewer.size', of.width ? `${formatNumber(of.width)} × ${formatNumber(of.height)}` : null),
            row('viewer.bytes', formatBytes(of.bytes)),
            row('viewer.problem', of.problem),
            row('viewer.path', more?.path),
            row('viewer.hints', more?.findings.map(each => t(`finding.${each.kind}`) + (each.note ? ` (${serverText(each.note)})` : '')).join(', ')),
        ].filter(Boolean));
        show(null);
        draw();
        look = () => {
            const question = asked += 1;
            return api.get(`photos/${of.id}`).then(async more => {
                await store.settled();
                if (mine !== turn || question !== asked) return;
                // Undo, or another page, may have changed it.
                if (more.class !== of.class || more.split !== of.split) {
                    Object.assign(of, { class: more.class, split: more.split });
                    draw();
                }
                show(more);
            }, () => {});
        };
        look();
    }

    // A photo whose label is taken back or given again is shown.
    const replay = edit => {
        const at = edit?.photos?.length === 1 ? source.find(edit.photos[0]) : -1;
        if (at >= 0) go(at);
    };
    const ends = [store.on('undo', replay), store.on('redo', replay),
        store.on('change', ({ kinds }) => { if (photo && kinds.some(kind => kind === 'photos' || kind === 'classes')) look(); })];

    // Without focus in the dialog, keys arrive at the document.
    const onkey = event => {
        if (event.defaultPrevented || !dialog.open || !dialog.contains(event.target) && event.target !== document.body) return;
        if (event.target.closest('input, select, textarea') || event.ctrlKey || event.metaKey || event.altKey) return;
        if (event.key === 'ArrowRight') go(index + 1);
        else if (event.key === 'ArrowLeft') go(index - 1);
        else if (event.key === 'Home') go(0);
        else if (event.key === 'End') go(source.length - 1);
        else { if (photo) onpress?.(event, photo, viewer); return; }
        event.preventDefault();
    };
    document.addEventListener('keydown', onkey);
    dialog.addEventListener('click', event => { if (event.target === dialog) dialog.close(); });
    dialog.addEventListener('close', () => { document.removeEventListener('keydown', onkey); for (const end of ends) end(); dialog.remove(); onclose?.(index); });
    document.body.append(dialog);
    dialog.showModal();
    go(index);
    return viewer;
}
