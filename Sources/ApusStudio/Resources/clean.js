// Clean: what may be wrong with the photos, one kind at a time. Each item is accepted or dismissed with a key.

import { api } from './api.js';
import { store } from './store.js';
import { confirmDialog, h, isTyping, openViewer, toast } from './ui.js';
import { t, formatNumber, formatPercent, formatTime, serverText } from './words.js';
import {
    attempt, canEdit, chip, className, edit, emptyState, firstPart, jobText, photoButton, progressBar, sentence, throttled,
} from './runs.js';

const kinds = ['label', 'mistake', 'duplicate', 'near', 'leak', 'unreadable', 'dark', 'blurred', 'tiny', 'odd'];
const relabels = kind => kind === 'label' || kind === 'mistake';
const isGroup = kind => kind === 'duplicate' || kind === 'near' || kind === 'leak';
const page = 60;

export function mount(container, params) {
    let kind = kinds.includes(firstPart(params)) ? firstPart(params) : null;
    let items = [], total = 0, current = 0, request = 0, checked, counts = {};
    let kept = new Set(), isLoaded = false, isGone = false, drawn = '';
    let undecided = 0;  // decisions that the server has not confirmed

    const problem = h('div', {});
    const check = h('button', {
        type: 'button', class: 'primary', 'data-testid': 'clean-check', hidden: !canEdit(),
        onclick: () => attempt(problem, () => api.post('/clean/check', {})),
    });
    const progress = progressBar(t('clean.checking'));
    const status = h('span', { class: 'soft' });
    const working = h('div', { class: 'job-line', hidden: true }, progress, status);
    const lastCheck = h('span', { class: 'soft' });
    const tabs = h('div', { class: 'tabs', role: 'tablist', 'aria-label': t('clean.kinds') });
    const about = h('p', { class: 'lead' });
    const acceptAll = h('button', { type: 'button', onclick: () => acceptMany() });
    const hints = h('p', { class: 'key-hints', 'aria-hidden': 'true' });
    const list = h('ul', { class: 'clean-list' });
    const more = h('button', { type: 'button', onclick: () => load(items.length) }, t('clean.more'));
    const live = h('div', { class: 'hidden', role: 'status' });
    const panel = h('section', { role: 'tabpanel', id: 'clean-panel', 'aria-labelledby': '' },
        h('div', { class: 'clean-head' }, about, acceptAll), hints, list, more);
    container.append(
        h('header', { class: 'view-head' }, h('div', {}, h('h1', {}, t('clean.title')), h('p', { class: 'lead' }, t('clean.lead'))),
            h('div', { class: 'head-actions' }, check, lastCheck)),
        working, problem, tabs, panel, live);

    // Tabs.

    function drawTabs() {
        const before = tabs.contains(document.activeElement);
        tabs.replaceChildren(...kinds.map(one => h('button', {
            type: 'button', role: 'tab', id: `clean-tab-${one}`, 'aria-selected': String(one === kind), 'aria-controls': 'clean-panel',
            tabindex: one === kind ? '0' : '-1', class: counts[one] ? null : 'none', 'data-testid': 'clean-kind', 'data-kind': one,
            onclick: () => choose(one), onkeydown: moveTab,
        }, h('span', {}, t(`finding.${one}`)), h('span', { class: 'count' }, formatNumber(counts[one] ?? 0)))));
        panel.setAttribute('aria-labelledby', `clean-tab-${kind}`);
        if (before) tabs.querySelector('[tabindex="0"]')?.focus();
    }

    function moveTab(event) {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        const target = step ? kinds.at((kinds.indexOf(kind) + step) % kinds.length)
            : event.key === 'Home' ? kinds[0] : event.key === 'End' ? kinds.at(-1) : null;
        if (!target) return;
        event.preventDefault();
        event.stopPropagation();
        choose(target);
        tabs.querySelector('[tabindex="0"]').focus();
    }

    function choose(one) {
        kind = one;
        history.replaceState(null, '', `#/clean/${one}`);
        drawTabs();
        tabs.querySelector('[tabindex="0"]').scrollIntoView({ block: 'nearest', inline: 'nearest' });
        // The items of another kind must not be decided as this one.
        items = [];
        current = total = 0;
        isLoaded = false;
        draw();
        load(0);
    }

    // Items.

    async function load(offset, limit = page, staysAtPlace = false) {
        const number = ++request;
        // The answer would still have what is decided already. The last decision loads again.
        if (undecided > 0) return;
        const answer = await attempt(problem, () => api.get(`/clean?kind=${kind}&offset=${offset}&limit=${limit}`));
        if (!answer || number !== request) return;
        ({ counts, total, checked } = answer);
        // A group is settled when nothing but the photo itself is left of it, a label when it is the likely one.
        const open = answer.items.filter(item => isGroup(kind) ? item.others.length > 0
            : !relabels(kind) || item.photo.class !== item.likely);
        const chosen = new Map(items.map(item => [item.photo.id, item.keep]));
        for (const item of open) item.keep = chosen.get(item.photo.id);
        const here = items[current]?.photo.id, wasAtMore = document.activeElement === more;
        items = offset === 0 ? open : items.concat(open);
        isLoaded = true;
        const place = staysAtPlace ? -1 : items.findIndex(item => item.photo.id === here);
        current = place >= 0 ? place : Math.max(0, Math.min(current, items.length - 1));
        drawTabs();
        if (drawn === written()) return drawFrame();
        const focus = focusInList();
        if (wasAtMore) current = Math.min(offset, items.length - 1);
        draw();
        if (wasAtMore) focusCurrent(); else focus?.();
    }

    /** All that cards show: they are drawn again only if it has changed. */
    const written = () => JSON.stringify([kind, items, store.state.classes.map(one => [one.id, one.name])]);

    /** Remembers where the focus is in the list. The result puts it there again. */
    function focusInList() {
        const active = document.activeElement, element = active?.closest('.clean-item');
        if (!list.contains(active) || !element) return null;
        const { photo } = element.dataset, button = [...element.querySelectorAll('button')].indexOf(active);
        return () => {
            const now = list.querySelector(`.clean-item[data-photo="${photo}"]`);
            if (now) (now.querySelectorAll('button')[button] ?? now).focus({ preventScroll: true }); else focusCurrent();
        };
    }

    function draw() {
        drawn = written();
        findKept();
        drawFrame();
        list.replaceChildren(...items.map(card));
    }

    function drawFrame() {
        const hasItems = items.length > 0;
        about.textContent = t(`clean.about.${kind}`);
        acceptAll.hidden = !hasItems || !canEdit() || items.length < 2;
        acceptAll.textContent = t('clean.acceptAll', { count: items.length });
        hints.hidden = !hasItems || !canEdit();
        const hint = (words, ...keys) => h('span', {}, keys.map(key => h('kbd', {}, key)), t(words));
        hints.replaceChildren(hint('clean.hintAccept', 'A'), hint('clean.hintDismiss', 'D'), hint('clean.hintMove', '←', '→'), hint('clean.hintUndo', 'U'));
        more.hidden = !hasItems || items.length >= total;
        panel.querySelector('.empty')?.remove();
        if (!hasItems && isLoaded) {
            panel.append(checked === null
                ? emptyState(t('clean.notChecked'), t('clean.notCheckedText'))
                : emptyState(t('clean.nothing'), t('clean.nothingText')));
        }
        lastCheck.textContent = checked ? t('clean.lastCheck', { time: formatTime(checked) }) : '';
        check.textContent = checked ? t('clean.checkAgain') : t('clean.check');
    }

    const group = item => [item.photo, ...item.others];

    /**
     * Finds the photos that stay. All copies of a photo but one are items, and each names the others. So what stays is
     * decided once for all items: at least one photo of each, and for copies of each other the same.
     */
    function findKept() {
        kept = new Set();
        if (!isGroup(kind)) return;
        for (const item of items) if (group(item).some(photo => photo.id === item.keep)) kept.add(item.keep);
        for (const item of items) {
            if (!group(item).some(photo => kept.has(photo.id))) for (const photo of standard(item)) kept.add(photo.id);
        }
    }

    /** What stays of an item if the user chooses nothing. */
    function standard(item) {
        if (kind === 'leak') {
            // The test set stays as it is. A photo that is also in training goes from there.
            const rank = photo => ({ test: 2, val: 1 })[photo.split] ?? 0;
            const all = group(item), best = Math.max(...all.map(rank));
            if (all.some(photo => rank(photo) < best)) return all.filter(photo => rank(photo) === best);
        }
        // The check puts the copy to keep first.
        return item.others.slice(0, 1);
    }

    /** The photos that leave the project when an item is accepted. */
    const leaving = item => isGroup(kind) ? group(item).filter(photo => !kept.has(photo.id)) : [item.photo];

    /** The items that are about the same photos. */
    function related(item) {
        if (!isGroup(kind)) return [item];
        const ids = new Set(group(item).map(photo => photo.id));
        return items.filter(one => group(one).some(photo => ids.has(photo.id)));
    }

    function keep(item, photo) {
        const same = related(item);
        for (const one of same) delete one.keep;
        item.keep = photo.id;
        findKept();
        const focus = focusInList();
        for (const one of same) {
            const index = items.indexOf(one);
            list.children[index].replaceWith(card(one, index));
        }
        focus?.();
    }

    function card(item, index) {
        const out = new Set(leaving(item).map(photo => photo.id));
        const all = group(item);
        const photos = h('div', { class: isGroup(kind) ? 'clean-photos group' : 'clean-photos' }, all.map((photo, at) => h('div', {},
            photoButton(photo, { onclick: () => openViewer(all, at, {}) }),
            isGroup(kind) && h('div', { class: 'clean-choice' },
                h('bdi', { class: 'file-name', title: photo.name }, photo.name),
                h('span', { class: 'soft' }, [className(photo.class), photo.split && t(`photo.${photo.split}`),
                    photo.width && `${photo.width} × ${photo.height}`].filter(Boolean).join(' · ')),
                h('button', {
                    type: 'button', class: 'keep', 'aria-pressed': String(!out.has(photo.id)), disabled: !canEdit(),
                    'aria-label': `${out.has(photo.id) ? t('clean.leavesOut') : t('clean.keeps')}: ${photo.name}`,
                    onclick: () => keep(item, photo),
                }, out.has(photo.id) ? t('clean.leavesOut') : t('clean.keeps'))))));
        const element = h('li', {
            class: 'clean-item', tabindex: index === current ? '0' : '-1', 'data-testid': 'clean-item', 'data-photo': item.photo.id,
            'aria-label': `${item.photo.name}. ${reason(item).map(part => part.textContent ?? part).join('')}`,
            onfocusin: () => makeCurrent(index),
        }, photos,
            h('div', { class: 'clean-text' },
                !isGroup(kind) && h('bdi', { class: 'file-name', title: item.photo.name }, item.photo.name),
                h('p', {}, reason(item)), item.note && h('p', { class: 'soft' }, serverText(item.note))),
            canEdit() && h('div', { class: 'clean-actions' },
                h('button', {
                    type: 'button', class: 'primary', 'data-testid': 'clean-accept', tabindex: index === current ? '0' : '-1',
                    onclick: event => isSingle(event) && accept(item),
                }, acceptWords(item)),
                h('button', {
                    type: 'button', 'data-testid': 'clean-dismiss', tabindex: index === current ? '0' : '-1',
                    onclick: event => isSingle(event) && dismiss(item),
                }, relabels(kind) ? t('clean.labelIsRight') : isGroup(kind) ? t('clean.keepAll') : t('clean.keep'))));
        return element;
    }

    function acceptWords(item) {
        if (relabels(kind)) return t('clean.labelAs', { name: className(item.likely) });
        const count = leaving(item).length;
        return count === 1 ? t('clean.leaveOut') : t('clean.leaveOutMany', { count });
    }

    function reason(item) {
        const words = `clean.reason.${kind}`;
        if (relabels(kind)) {
            return sentence(item.photo.class === null ? 'clean.reason.unlabeled' : words, {
                label: chip(className(item.photo.class)), likely: chip(className(item.likely)),
                probability: h('b', {}, formatPercent(item.probability ?? 0)),
            });
        }
        return [t(words, { count: item.others.length + 1, problem: item.photo.problem ?? '',
            size: item.photo.width ? `${item.photo.width} × ${item.photo.height}` : '' })];
    }

    // The place for keys.

    function makeCurrent(index) {
        if (index === current) return;
        const set = (at, value) => {
            const element = list.children[at];
            if (!element) return;
            element.tabIndex = value;
            for (const button of element.querySelectorAll('.clean-actions button')) button.tabIndex = value;
        };
        set(current, -1);
        set(index, 0);
        current = index;
        if (index >= items.length - 6 && items.length < total && !more.hidden) { more.hidden = true; load(items.length); }
    }

    function focusCurrent() {
        const element = list.children[current];
        if (element) element.focus();
        else tabs.querySelector('[tabindex="0"]')?.focus();
    }

    // Decisions. What is decided leaves the list at once, so that the next key is meant for the next item.

    /** The second click of a double click would decide the item that takes the place of the first. */
    const isSingle = event => event.detail < 2;

    function settle(gone, isOut) {
        const before = items.length;
        items = items.filter(item => !gone.includes(item));
        for (const item of items) item.others = item.others.filter(photo => !isOut.has(photo.id));
        items = items.filter(item => !isOut.has(item.photo.id) && (!isGroup(kind) || item.others.length > 0));
        current = Math.max(0, Math.min(current, items.length - 1));
        const settled = before - items.length;
        counts = { ...counts, [kind]: Math.max(0, (counts[kind] ?? 0) - settled) };
        total = Math.max(items.length, total - settled);
        drawTabs();
        draw();
        focusCurrent();
    }

    /** Sends a decision. If the server refuses it, the items come back. */
    async function decide(gone, isOut, body, words) {
        settle(gone, isOut);
        undecided++;
        request++;
        try {
            await edit(body);
            live.textContent = words;
            return true;
        } catch {
            return false;  // edit has shown why.
        } finally {
            undecided--;
            if (undecided === 0 && !isGone) reload();
        }
    }

    function accept(item) {
        if (!canEdit() || !items.includes(item)) return;
        if (relabels(kind)) {
            if (item.likely === null) return;
            decide([item], new Set(), { kind: 'label', photos: [item.photo.id], class: item.likely },
                t('clean.didLabel', { photo: item.photo.name, name: className(item.likely) }));
        } else {
            const photos = leaving(item).map(photo => photo.id);
            if (photos.length === 0) return;
            decide([item], new Set(photos), { kind: 'remove', photos }, t('clean.didLeaveOut', { count: photos.length }));
        }
    }

    function dismiss(item) {
        if (!canEdit() || !items.includes(item)) return;
        // All photos of a group stay: none of its other items may still remove one.
        const same = related(item);
        decide(same, new Set(), { kind: 'dismiss', photos: same.map(one => one.photo.id), finding: kind },
            t('clean.didDismiss', { photo: item.photo.name }));
    }

    async function acceptMany() {
        const all = items.filter(item => !relabels(kind) || item.likely !== null);
        const out = new Set(relabels(kind) ? [] : all.flatMap(item => leaving(item).map(photo => photo.id)));
        // What the user agrees to is what was shown: nothing is loaded meanwhile.
        undecided++;
        try {
            const isSure = await confirmDialog({
                title: acceptAll.textContent, action: acceptAll.textContent,
                text: relabels(kind) ? t('clean.allLabels', { count: all.length }) : t('clean.allOut', { count: out.size }),
            });
            if (!isSure || isGone || all.length === 0) return;
            const words = t('clean.didAll', { count: all.length });
            const isDone = await decide(all, out, relabels(kind)
                ? { kind: 'relabel', labels: Object.fromEntries(all.map(item => [item.photo.id, item.likely])) }
                : { kind: 'remove', photos: [...out] }, words);
            if (isDone) toast(words, { kind: 'info' });
        } finally {
            undecided--;
            if (undecided === 0 && !isGone) reload();
        }
    }

    async function undo() {
        await attempt(problem, () => store.undo());
        // What comes back takes the place of what followed it.
        await load(0, Math.max(page, items.length + 1), true);
        if (!isGone) focusCurrent();
    }

    function keys(event) {
        if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event) || document.querySelector('dialog[open]')) return;
        const isInList = list.contains(event.target);
        if (!isInList && event.target !== document.body && event.target.id !== 'main') return;
        const item = items[current];
        const key = event.key.toLowerCase();
        const isOnItem = !isInList || event.target.matches('.clean-item');
        const move = { arrowright: 1, arrowleft: -1, arrowdown: columns(), arrowup: -columns() }[key];
        if (move !== undefined && items.length > 0) {
            const next = current + move;
            if (next >= 0 && next < items.length && list.contains(document.activeElement)) makeCurrent(next);
            focusCurrent();
            list.children[current]?.scrollIntoView({ block: 'nearest' });
        } else if (key === 'u') undo();
        else if (!item || event.repeat) return;
        else if (key === 'a' || (key === 'enter' && isOnItem)) accept(item);
        else if (key === 'd') dismiss(item);
        else return;
        event.preventDefault();
    }

    function columns() {
        const top = list.children[0]?.offsetTop;
        const index = [...list.children].findIndex(element => element.offsetTop !== top);
        return index <= 0 ? 1 : index;
    }

    // The check under way, and changes from elsewhere.

    function showJob() {
        const job = (store.state?.jobs ?? []).find(job => job.kind === 'check' && (job.state === 'running' || job.state === 'waiting'));
        working.hidden = !job;
        check.disabled = Boolean(job);
        if (!job) return;
        progress.set(job.total ? job.done / job.total : null);
        status.textContent = jobText(job);
    }

    const reload = throttled(600, () => load(0, Math.max(page, items.length)));
    document.addEventListener('keydown', keys);
    const listeners = [
        store.on('job', job => {
            showJob();
            if (job.kind !== 'check') return;
            if (job.state === 'done') reload();
            if (job.state === 'failed') attempt(problem, () => { throw new Error(serverText(job.message) ?? t('runs.failed')); });
        }),
        store.on('state', showJob),
        store.on('change', change => {
            if (change.kinds.some(one => one === 'findings' || one === 'photos' || one === 'classes')) reload();
        }),
    ];
    const known = store.state?.findings ?? {};
    counts = known;
    kind ??= kinds.find(one => known[one] > 0) ?? kinds[0];
    drawTabs();
    draw();
    showJob();
    load(0);
    return {
        unmount() {
            isGone = true;
            document.removeEventListener('keydown', keys);
            reload.stop();
            for (const stop of listeners) stop();
        },
    };
}
