// The desk of Label: one large photo, a button and a key for each class. And the tray: many photos proposed as one class.

import { api } from './api.js';
import { addClass } from './data.js';
import { throttled } from './runs.js';
import { store } from './store.js';
import { announce, classChip, classDot, classForKey, classKey, emptyState, h, icon, isTyping, openViewer, photoTile, toast, toastError } from './ui.js';
import { formatPercent, t } from './words.js';

const ahead = 4;         // photos loaded before they are needed
const kept = 2;          // photos that stay next when the queue is chosen anew
const traySize = 24;

/** The numbers of the photos without a label, after all edits of this page. */
async function unlabeled() {
    await store.settled();
    const { ids } = await api.get('photos/ids', { labeled: false });
    return store.pending ? unlabeled() : new Set(ids);
}

/**
 * One photo at a time. mode: 'test' or 'learn'. onlabel(delta) is called before the server knows; onend(skipped) when nothing is left.
 * The next photo shows at once: the edits follow in the background, in order.
 */
export function mountDesk(container, { mode, onlabel, onend }) {
    const items = [];              // each with `given`: its labels of this desk that hold, the latest last
    const seen = new Set();
    const images = new Map();
    const itemOf = new WeakMap();  // edit of this desk -> item
    let at = 0, turn = 0, isLoading = false, isComplete = false, isGone = false;
    let heldUntil = 0;  // keys for a photo that has just gone do not label the next one
    const size = devicePixelRatio > 1.5 || innerWidth > 1600 ? 1600 : 1024;

    const name = h('bdi', { class: 'stage-name' });
    const picture = h('div', { class: 'stage-picture' });
    const stage = h('figure', { class: 'stage', tabindex: -1, 'aria-label': t('label.photo'), dataset: { testid: 'label-photo' } },
        mode === 'test' ? h('span', { class: 'stage-badge' }, icon('flag'), t('label.test.badge')) : null, picture, name);
    const choices = h('div', { class: 'choices', role: 'group', 'aria-label': t('label.classList') });
    const accept = h('button', { type: 'button', class: 'primary wide', dataset: { testid: 'label-accept' }, onclick: event => press(event, acceptProposal) });
    const back = h('button', { type: 'button', dataset: { testid: 'label-back' }, onclick: event => press(event, goBack) }, icon('left'), t('label.back'));
    const skip = h('button', { type: 'button', dataset: { testid: 'label-skip' }, onclick: event => press(event, goOn) }, t('label.skip'), icon('right'));
    const desk = h('div', { class: 'desk' }, stage, h('div', { class: 'desk-side' }, choices,
        h('div', { class: 'desk-note' }, h('p', {}, t(mode === 'test' ? 'label.test.badgeText' : 'label.learn.text')), h('p', { class: 'key-list' },
            [['1–9', 'class'], ...mode === 'learn' ? [['↵', 'accept']] : [], ['→', 'skip'], ['←', 'back']].map(([key, name]) => h('span', {}, h('kbd', {}, key), t(`label.key.${name}`))))),
        h('div', { class: 'desk-tools' }, mode === 'learn' ? accept : null, back, skip)));
    const empty = h('div', { hidden: true });
    const another = h('button', { type: 'button', class: 'quiet', onclick: addClass }, icon('plus'), t('data.newClass'));
    container.append(desk, empty);

    /** A click with the mouse gives the keyboard back to the photo, so that Enter means the next proposal. */
    function press(event, work) { work(); if (event.detail) stage.focus({ preventScroll: true }); }

    const proposal = () => mode === 'learn' && items[at]?.label === undefined ? items[at]?.proposals[0] ?? null : null;

    function imageOf(photo) {
        if (!images.has(photo.id)) {
            const image = h('img', { alt: '', decoding: 'async', src: api.image(photo, size) });
            image.decode().catch(() => {});
            images.set(photo.id, image);
            if (images.size > 12) images.delete(images.keys().next().value);
        }
        return images.get(photo.id);
    }

    function draw() {
        const item = items[at];
        desk.hidden = !item;
        empty.hidden = Boolean(item) || !isComplete;
        if (!item) return;
        const { photo } = item;
        const large = imageOf(photo);
        large.alt = photo.name;
        picture.replaceChildren(...large.complete && large.naturalWidth ? [large] : [h('img', { src: api.thumbnail(photo), alt: '' }), large]);
        name.textContent = name.title = photo.name;
        for (let next = at + 1; next <= at + ahead && next < items.length; next += 1) imageOf(items[next].photo);
        const top = proposal();
        const probability = new Map(item.proposals.map(each => [each.class, each.probability]));
        const focused = choices.contains(document.activeElement) ? document.activeElement : null;
        choices.replaceChildren(...store.state.classes.map((each, index) => {
            const value = mode === 'learn' ? probability.get(each.id) : undefined;
            return h('button', {
                type: 'button', class: ['choice', top?.class === each.id && 'is-proposed', item.label === each.id && 'is-given'], 'aria-pressed': item.label === each.id,
                dataset: { testid: 'label-class', class: each.id, key: classKey(index) }, title: each.name, style: { '--value': String(value ?? 0) }, onclick: event => press(event, () => label(each.id)),
            }, h('kbd', { class: 'key' }, classKey(index).toUpperCase()), classDot(index), h('bdi', {}, each.name), value === undefined ? null : h('span', { class: 'percent' }, formatPercent(value, 0)));
        }), another);
        if (focused) (focused === another ? another : choices.querySelector(`[data-class="${focused.dataset.class}"]`) ?? stage).focus({ preventScroll: true });
        disable(accept, !top);
        accept.replaceChildren(top ? t('label.acceptClass', { name: store.classById(top.class)?.name ?? '' }) : t('label.noProposal'), ...top ? [h('kbd', {}, '↵')] : []);
        disable(back, at === 0);
    }

    /** A button that gets disabled gives the keyboard to the photo. */
    function disable(button, value) {
        if (value && document.activeElement === button) stage.focus({ preventScroll: true });
        button.disabled = value;
    }

    /** Notes whether a label of this desk holds, and returns its item. The item may have left the queue meanwhile. */
    function give(edit, holds) {
        const item = items.find(each => each.photo.id === edit.photos[0]) ?? itemOf.get(edit);
        const was = item.label;
        item.given = (item.given ?? []).filter(each => each !== edit);
        if (holds) item.given.push(edit);
        item.label = item.given.at(-1)?.class;
        item.photo.class = item.label ?? null;
        if ((was === undefined) !== (item.label === undefined)) onlabel(was === undefined ? 1 : -1);
        return item;
    }

    /** Shows an item. */
    function turnTo(item, offset = 0) {
        if (!items.includes(item)) { items.splice(at, 0, item); seen.add(item.photo.id); }
        at = items.indexOf(item) + offset;
        draw();
    }

    function label(classID) {
        const item = items[at];
        if (!item) return;
        const edit = { kind: 'label', photos: [item.photo.id], class: classID };
        itemOf.set(edit, item);
        give(edit, true);
        at += 1;
        draw();
        announce(t('label.announce', { name: item.photo.name, class: store.classById(classID)?.name ?? '', next: items[at]?.photo.name ?? '–' }));
        store.edit(edit).catch(error => {
            toastError(error);
            turnTo(give(edit, false));
        });
        more();
    }

    function acceptProposal() { const top = proposal(); if (top) label(top.class); }
    function goOn() { if (items[at]) { items[at].isSkipped = items[at].label === undefined; at += 1; draw(); more(); } }
    function goBack() { if (at > 0) { at -= 1; draw(); } }

    /** Asks for more photos before the last is reached. isFresh: what is next is chosen anew, as the head has learned. */
    async function more(isFresh = false) {
        if (isLoading || !isFresh && items.length - at > 8) return;
        if (!isFresh && isComplete) { if (!items[at]) finish(); return; }
        isLoading = true;
        const mine = turn;
        let isFailed = false;
        try {
            const skipped = items.filter(each => each.isSkipped).length;
            const answer = await api.get('label/queue', { mode, count: traySize + skipped + kept + store.pending });
            if (isGone || mine !== turn) return;
            // What was labeled or skipped stays where it is.
            if (isFresh) {
                for (const item of items.splice(at + 1 + kept)) {
                    if (item.label !== undefined || item.isSkipped) items.push(item); else seen.delete(item.photo.id);
                }
            }
            const proposals = new Map(answer.items.map(each => [each.photo.id, each.proposals]));
            for (const item of items.slice(at)) item.proposals = proposals.get(item.photo.id) ?? item.proposals;
            const fresh = answer.items.filter(each => !seen.has(each.photo.id));
            for (const item of fresh) { seen.add(item.photo.id); items.push(item); }
            isComplete = answer.remaining <= answer.items.length && fresh.length === 0;
            draw();
        } catch (error) {
            isFailed = true;
            if (error.code !== 'offline') toastError(error);
        } finally {
            if (mine === turn) isLoading = false;
        }
        if (!items[at] && !isGone && !isFailed) finish();
    }

    /** Asks for the whole queue again, after changes that this desk did not make. The photo in front of the user stays if it can. */
    async function reload() {
        const mine = turn += 1;
        isLoading = true;
        await store.settled();
        const item = items[at];
        const photo = item && await api.get(`photos/${item.photo.id}`).catch(() => null);
        if (isGone || mine !== turn) return;
        if (store.pending || items[at] !== item) { reload(); return; }
        items.length = at = 0;
        seen.clear();
        if (photo?.class === null) { items.push(item); seen.add(photo.id); }
        isLoading = isComplete = false;
        await more();
    }

    /** Photos that others have labeled leave the queue. */
    async function follow() {
        const mine = turn;
        const open = await unlabeled().catch(() => null);
        if (!open || isGone || mine !== turn) return;
        const isOver = item => item.label === undefined && !open.has(item.photo.id);
        const over = items.filter(isOver);
        if (!over.length) return;
        if (over.includes(items[at])) heldUntil = performance.now() + 300;
        at -= items.slice(0, at).filter(isOver).length;
        for (const item of over) { items.splice(items.indexOf(item), 1); seen.delete(item.photo.id); }
        draw();
        more();
    }

    function finish() {
        const skipped = items.filter(each => each.isSkipped && each.label === undefined);
        isComplete = true;
        if (!onend(skipped.length)) return;
        const hadFocus = desk.contains(document.activeElement) || document.activeElement === document.body;
        empty.replaceChildren(skipped.length
            ? emptyState({ name: 'check', title: t('label.skippedAll.title'), text: t('label.skippedAll.text', { count: skipped.length }), actions: [h('button', { type: 'button', class: 'primary', onclick: again }, t('label.again'))] })
            : emptyState({ name: 'check', title: t('label.all.title'), text: t('label.all.text'), actions: [h('a', { class: 'button primary', href: '#/train' }, t('label.train')), h('a', { class: 'button', href: '#/clean' }, t('nav.clean'))] }));
        draw();
        if (hadFocus) empty.querySelector('button, a')?.focus();
    }

    function again() {
        const skipped = items.filter(each => each.isSkipped && each.label === undefined);
        for (const item of skipped) { items.splice(items.indexOf(item), 1); item.isSkipped = false; }
        at = items.length;
        items.push(...skipped);
        draw();
        stage.focus({ preventScroll: true });
    }

    /** Undo and redo take place in front of the user: the photo comes back at once. */
    function step(edit, holds) { if (edit && itemOf.has(edit)) turnTo(give(edit, holds), holds ? 1 : 0); }

    const onkey = event => {
        if (isTyping(event) || event.defaultPrevented || !items[at]) { if (!isTyping(event) && event.key === 'ArrowLeft' && at > 0) goBack(); return; }
        if (event.ctrlKey || event.metaKey || event.altKey) return;
        const chosen = classForKey(event);
        const isControl = event.target.closest?.('button, a, summary');
        if ((chosen || event.key === 'Enter') && performance.now() < heldUntil) event.preventDefault();
        if (event.defaultPrevented) return;
        if (chosen) label(chosen.id);
        else if (event.key === 'ArrowRight') goOn();
        else if (event.key === 'ArrowLeft' || event.key === 'Backspace') goBack();
        else if (event.key === ' ' && !isControl) goOn();
        else if (event.key === 'Enter' && !isControl) acceptProposal();
        else return;
        event.preventDefault();
    };
    addEventListener('keydown', onkey);
    const followSoon = throttled(500, follow);
    const ends = [
        () => removeEventListener('keydown', onkey),
        followSoon.stop,
        store.on('others', followSoon),
        store.on('undo', edit => step(edit, false)),
        store.on('redo', edit => { step(edit, true); more(); }),
        store.on('replayed', edit => { if (!edit || edit.kind !== 'addClass' && !itemOf.has(edit)) reload(); }),
        store.on('change', change => { if (mode === 'learn' && change.kinds.includes('head')) more(true); }),
    ];
    let classes = '';
    ends.push(store.on('state', state => { const now = JSON.stringify(state.classes.map(each => [each.id, each.name])); if (now !== classes) { classes = now; draw(); } }));
    picture.addEventListener('dblclick', () => { if (items[at]) openViewer([items[at].photo], 0); });
    desk.hidden = true;
    more().then(() => { if (document.activeElement === document.body || document.activeElement?.id === 'main') stage.focus({ preventScroll: true }); });
    return { unmount() { isGone = true; for (const end of ends) end(); } };
}

/** Trays of photos that are proposed as one class: accepted at once, single ones corrected before. */
export function mountTray(container, { onlabel }) {
    let classID = null, items = [], remaining = 0, turn = 0, isGone = false, isBusy = false;
    const chosen = new Map();        // photo -> class, or null for left out
    const left = new Set();          // left out before: they do not come again
    const chips = h('div', { class: 'assign', role: 'group', 'aria-label': t('label.tray.class') });
    const title = h('h2', {});
    const list = h('div', { class: 'tray-list', role: 'group', dataset: { testid: 'label-tray' } });
    const accept = h('button', { type: 'button', class: 'primary', dataset: { testid: 'label-accept' }, onclick: acceptAll });
    const skip = h('button', { type: 'button', onclick: skipAll }, t('label.skip'));
    const note = h('p', { class: 'note' }, t('label.tray.text'));
    const tray = h('div', { class: 'tray' }, h('div', { class: 'tray-head' }, title, chips), list, h('div', { class: 'tray-foot' }, note, skip, accept));
    container.append(tray);
    document.body.dataset.foot = 'tray';

    /** Shows a tray of this class, or of the first one after it that has proposals. */
    async function load(wish) {
        const mine = turn += 1;
        const ids = store.state.classes.map(each => each.id);
        const start = Math.max(0, ids.indexOf(wish));
        const candidates = [...ids.slice(start), ...ids.slice(0, start)];
        for (const id of candidates) {
            const answer = await api.get('label/queue', { mode: 'review', class: id, count: traySize + left.size });
            if (isGone || mine !== turn) return;
            const fresh = answer.items.filter(each => !left.has(each.photo.id)).slice(0, traySize);
            if (!fresh.length && id !== candidates.at(-1)) continue;
            classID = fresh.length ? id : candidates[0];
            items = fresh;
            remaining = Math.max(0, answer.remaining - fresh.length);
            break;
        }
        chosen.clear();
        for (const { photo } of items) chosen.set(photo.id, classID);
        draw();
    }

    const begin = (wish = classID) => load(wish).catch(error => { if (error.code !== 'offline') toastError(error); }).finally(() => { isBusy = false; });

    /** Photos that others have labeled leave the tray. */
    async function follow() {
        const mine = turn;
        const open = await unlabeled().catch(() => null);
        if (!open || isGone || mine !== turn) return;
        const gone = items.filter(each => !open.has(each.photo.id));
        if (!gone.length) return;
        for (const { photo } of gone) chosen.delete(photo.id);
        items = items.filter(each => open.has(each.photo.id));
        if (items.length) draw(); else begin();
    }

    /** Classes take turns, so that the model learns all of them. */
    function nextClass() {
        const ids = store.state.classes.map(each => each.id);
        return ids[(ids.indexOf(classID) + 1) % ids.length];
    }

    function draw() {
        const name = store.classById(classID)?.name ?? '';
        const chip = [...chips.children].indexOf(document.activeElement);
        const hadFocus = list.contains(document.activeElement);
        title.replaceChildren(t('label.tray.title', { name }));
        chips.replaceChildren(...store.state.classes.map((each, index) => h('button', { type: 'button', class: 'assign-class', 'aria-pressed': each.id === classID, onclick: () => { begin(each.id); } }, classDot(index), h('bdi', {}, each.name))));
        list.setAttribute('aria-label', title.textContent);
        if (!items.length) {
            list.replaceChildren(emptyState({ name: 'check', title: store.state.head ? t('label.tray.empty', { name }) : t('label.learn.tray'), text: store.state.head ? null : t('label.tray.wait') }));
        } else list.replaceChildren(...items.map(tileOf));
        drawFoot();
        if (chip >= 0 || hadFocus && !items.length) (chips.children[Math.max(0, chip)] ?? chips.lastChild)?.focus();
        else if (hadFocus) list.querySelector('.tile').focus({ preventScroll: true });
    }

    function tileOf({ photo, proposals }, index) {
        const probability = proposals.find(each => each.class === classID)?.probability;
        const tile = photoTile(photo, { onclick: () => choose(photo.id, chosen.get(photo.id) === classID ? null : classID), badge: probability === undefined ? null : formatPercent(probability, 0) });
        tile.tabIndex = index === 0 ? 0 : -1;
        tile.addEventListener('focus', () => { for (const each of list.children) each.tabIndex = each === tile ? 0 : -1; });
        mark(tile, photo);
        return tile;
    }

    function mark(tile, photo) {
        const id = chosen.get(photo.id);
        tile.classList.toggle('is-out', id === null);
        tile.classList.toggle('is-changed', id !== null && id !== classID);
        tile.setAttribute('aria-pressed', id !== null);
        const caption = id === null ? t('label.tray.excluded') : store.classById(id)?.name ?? '';
        tile.setAttribute('aria-label', `${photo.name}, ${caption}`);
        tile.querySelector('.tile-caption').replaceChildren(id === null ? h('span', { class: 'soft' }, caption) : classChip(id));
    }

    function choose(id, value) {
        chosen.set(id, value);
        const index = items.findIndex(each => each.photo.id === id);
        mark(list.children[index], items[index].photo);
        drawFoot();
    }

    function drawFoot() {
        const count = [...chosen.values()].filter(each => each !== null).length;
        accept.disabled = !items.length || !count;
        accept.replaceChildren(t('label.tray.accept', { count }), h('kbd', {}, '↵'));
        skip.hidden = !items.length;
        note.textContent = t('label.tray.text') + (remaining ? ` ${t('label.tray.left', { count: remaining })}` : '');
    }

    async function acceptAll() {
        const labels = Object.fromEntries([...chosen].filter(([, value]) => value !== null));
        const count = Object.keys(labels).length;
        if (!count || isBusy) return;
        isBusy = true;
        for (const [id, value] of chosen) if (value === null) left.add(id);
        onlabel(count);
        try {
            await store.edit({ kind: 'relabel', labels });
            toast(t('label.tray.done', { count }), { action: { label: t('undo'), run: () => store.undo().catch(toastError) }, seconds: 4 });
        } catch (error) {
            onlabel(-count);
            isBusy = false;
            toastError(error);
            return;
        }
        await begin(nextClass());
        (list.querySelector('.tile') ?? chips.firstChild)?.focus({ preventScroll: true });
    }

    function skipAll() { for (const id of chosen.keys()) left.add(id); begin(nextClass()); }

    const onkey = event => {
        if (isTyping(event) || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !items.length) return;
        const tiles = [...list.children];
        const index = tiles.indexOf(document.activeElement);
        const value = classForKey(event);
        const columns = Math.max(1, tiles.findIndex(each => each.offsetTop > tiles[0].offsetTop));
        const to = { ArrowRight: index + 1, ArrowLeft: index - 1, ArrowDown: index + columns, ArrowUp: index - columns, Home: 0, End: tiles.length - 1 }[event.key];
        if (to !== undefined) tiles[index < 0 ? 0 : to >= 0 && to < tiles.length ? to : index].focus();
        else if (value && index >= 0) choose(items[index].photo.id, value.id);
        else if (event.key === 'Enter' && (index >= 0 || !event.target.closest?.('button, a'))) acceptAll();
        else return;
        event.preventDefault();
    };
    addEventListener('keydown', onkey);
    const followSoon = throttled(500, follow);
    const ends = [
        () => removeEventListener('keydown', onkey),
        followSoon.stop,
        store.on('others', followSoon),
        store.on('change', change => { if (!isBusy && (!items.length && change.kinds.includes('head'))) begin(); }),
        store.on('state', () => { if (!items.length) drawFoot(); }),
    ];
    ends.push(store.on('replayed', edit => { begin(Object.values(edit?.labels ?? {})[0]); }));
    begin().then(() => list.querySelector('.tile')?.focus({ preventScroll: true }));
    return { unmount() { isGone = true; delete document.body.dataset.foot; for (const end of ends) end(); } };
}
