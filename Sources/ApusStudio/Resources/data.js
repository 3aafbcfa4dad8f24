// Data: all photos as a grid, filters and classes at its side.

import { api } from './api.js';
import { store } from './store.js';
import {
    VirtualGrid, classDot, classForKey, classKey, confirmDialog, emptyState, h, icon, iconButton, isTyping, menuButton, openDialog, openMenu, openViewer, photoTile,
    promptDialog, revealTile, toast, toastError, updateTile,
} from './ui.js';
import { chosenFiles, droppedFiles, uploadFiles, uploadPanel } from './upload.js';
import { describeEdit, formatNumber, formatPercent, t } from './words.js';

const dragType = 'application/x-apus-photos';
const sizes = { small: 96, medium: 148, large: 232 };
const findingKinds = ['label', 'mistake', 'duplicate', 'near', 'leak', 'dark', 'blurred', 'tiny', 'odd'];

// What the view shows; kept while other views are open.
let filter = { kind: 'all' };
let text = '';
let order = 'path';
let size = 'medium';

const conditions = {
    all: () => ({}), unlabeled: () => ({ labeled: 'false' }), test: () => ({ split: 'test' }), class: id => ({ class: id }), finding: kind => ({ finding: kind }),
    state: state => ({ state }), removed: () => ({ removed: 'true' }),
};
const query = () => ({ ...conditions[filter.kind](filter.value), text, order });
const filterName = () => ({
    all: () => t('data.all'), unlabeled: () => t('data.unlabeled'), test: () => t('data.test'), class: () => store.classById(filter.value)?.name ?? '', finding: () => t(`finding.${filter.value}`),
    state: () => t(`photo.${filter.value}`), removed: () => t('data.removed'),
})[filter.kind]();

/** Sends an edit, says what it did, and offers to undo it. */
async function send(edit, message) {
    try {
        const result = await store.edit(edit);
        toast(message ?? describeEdit(result.summary), { action: { label: t('undo'), run: () => store.undo().catch(toastError) }, seconds: 5 });
        return result;
    } catch (error) {
        toastError(error);
        return null;
    }
}

export async function addClass() {
    const name = await promptDialog({ title: t('data.newClass'), label: t('data.className'), action: t('data.create') });
    return name ? send({ kind: 'addClass', name }) : null;
}

export function mount(container) {
    const ends = [];
    let drawn = '', isGone = false;
    let reloadTimer = 0, typeTimer = 0;

    // Side panel

    const side = h('aside', { class: 'data-side', id: 'data-side', popover: 'auto', 'aria-label': t('data.filters') });

    function choose(next) {
        filter = next;
        drawn = '';
        if (side.matches(':popover-open')) side.hidePopover();
        drawSide();
        drawHead();
        grid.reload({ reset: true });
    }

    const filterButton = (kind, name, count, { value, lead = null, extra = null } = {}) => h('button', {
        type: 'button', class: 'filter', 'aria-current': filter.kind === kind && filter.value === value ? 'true' : null, dataset: { filter: `${kind}-${value ?? ''}` }, onclick: () => choose({ kind, value }),
    }, lead, h('bdi', { class: 'filter-name', title: name }, name), h('span', { class: 'filter-count' }, formatNumber(count)), extra);

    function drawSide() {
        const { state } = store;
        const { counts, classes, findings } = state;
        const signature = JSON.stringify([counts, classes, findings, filter]);
        if (signature === drawn) return;
        // A dialog gives the keyboard back to what opened it: it must still be there.
        const dialog = document.querySelector('dialog:modal');
        if (dialog) { dialog.addEventListener('close', () => { if (!isGone) drawSide(); }, { once: true }); return; }
        drawn = signature;
        const focus = side.contains(document.activeElement) ? document.activeElement.dataset.filter ?? document.activeElement.dataset.menu : null;
        const most = Math.max(1, ...classes.map(each => each.photos));
        const least = Math.min(...classes.map(each => each.photos));
        const labeled = counts.photos ? counts.labeled / counts.photos : 0;
        const hints = findingKinds.filter(kind => findings[kind] > 0);
        side.replaceChildren(...[
            h('div', { class: 'side-group' },
                filterButton('all', t('data.all'), counts.photos),
                filterButton('unlabeled', t('data.unlabeled'), counts.unlabeled),
                filterButton('test', t('data.test'), counts.test)),
            h('div', { class: 'side-head' }, h('h2', {}, t('data.classes')), store.readOnly ? null : iconButton('plus', t('data.newClass'), { dataset: { testid: 'add-class', menu: 'new' }, onclick: addClass })),
            classes.length ? h('ul', { class: 'class-list', dataset: { testid: 'class-list' }, 'aria-label': t('data.balance', { list: classes.map(each => `${each.name} ${formatPercent(each.photos / Math.max(1, counts.labeled))}`).join(', ') }) },
                classes.map(classItem(most)))
                : h('p', { class: 'side-note', dataset: { testid: 'class-list' } }, t('data.noClasses')),
            counts.photos ? h('p', { class: 'side-note' }, h('span', { class: 'meter', 'aria-hidden': 'true' }, h('span', { style: { transform: `scaleX(${labeled})` } })), t('data.labeledOf', { labeled: counts.labeled, total: counts.photos })) : null,
            classes.length > 1 && least > 0 && most / least >= 3 ? h('p', { class: 'side-note' }, t('data.unbalanced', { ratio: Math.round(most / least) })) : null,
            hints.length || counts.unreadable || counts.missing ? [h('div', { class: 'side-head' }, h('h2', {}, t('data.hints'))), h('div', { class: 'side-group' },
                hints.map(kind => filterButton('finding', t(`finding.${kind}`), findings[kind], { value: kind })),
                ['unreadable', 'missing'].filter(each => counts[each]).map(each => filterButton('state', t(`photo.${each}`), counts[each], { value: each })))] : null,
            counts.removed ? h('div', { class: 'side-group is-last' }, filterButton('removed', t('data.removed'), counts.removed)) : null,
        ].flat(2).filter(Boolean));
        const buttons = [...side.querySelectorAll('button')];
        if (focus) (buttons.find(each => (each.dataset.filter ?? each.dataset.menu) === focus) ?? buttons[0]).focus();
    }

    const classItem = most => (each, index) => {
        const key = classKey(index);
        const item = h('li', { class: 'class-item', dataset: { testid: 'class-item', class: each.id } },
            filterButton('class', each.name, each.photos, {
                value: each.id, lead: [classDot(index), key ? h('kbd', { class: 'key' }, key.toUpperCase()) : null],
                extra: h('span', { class: 'share', 'aria-hidden': 'true' }, h('span', { style: { transform: `scaleX(${each.photos / most})` } })),
            }),
            store.readOnly ? null : menuButton(icon('more'), () => classMenu(each), { class: 'icon-button is-small', 'aria-label': t('data.menu', { name: each.name }), title: t('data.menu', { name: each.name }), dataset: { menu: each.id } }));
        if (!store.readOnly) dropTarget(item, each.id);
        return item;
    };

    const classMenu = each => [
        { label: t('data.rename'), icon: 'edit', run: () => rename(each) },
        { label: t('data.merge'), icon: 'merge', run: () => merge(each) },
        { label: t('data.selectClass'), icon: 'check', run: async () => { choose({ kind: 'class', value: each.id }); await grid.selectAll().catch(toastError); } },
        null,
        { label: t('data.delete'), icon: 'trash', danger: true, run: () => removeClass(each) },
    ];

    async function rename(each) {
        const name = await promptDialog({ title: t('data.renameTitle', { name: each.name }), label: t('data.className'), value: each.name, action: t('data.renameAction') });
        if (name && name !== each.name) send({ kind: 'renameClass', class: each.id, name });
    }

    async function merge(each) {
        const others = store.state.classes.filter(other => other.id !== each.id);
        if (!others.length) return;
        const select = h('select', {}, others.map(other => h('option', { value: String(other.id) }, other.name)));
        const answer = await openDialog({
            title: t('data.mergeTitle', { name: each.name }), className: 'is-reversed',
            body: [h('p', {}, t('data.mergeText', { name: each.name })), h('label', { class: 'field' }, h('span', {}, t('data.mergeInto')), select)],
            actions: [{ label: t('data.mergeAction'), value: 'ok', class: 'primary' }, { label: t('cancel'), value: '' }],
        });
        if (answer !== 'ok') return;
        if (filter.kind === 'class' && filter.value === each.id) choose({ kind: 'class', value: Number(select.value) });
        send({ kind: 'mergeClasses', classes: [each.id], into: Number(select.value) });
    }

    async function removeClass(each) {
        if (each.photos && !await confirmDialog({ title: t('data.deleteTitle', { name: each.name }), text: t('data.deleteText', { count: each.photos }), action: t('data.deleteAction'), isDangerous: true })) return;
        if (filter.kind === 'class' && filter.value === each.id) choose({ kind: 'all' });
        send({ kind: 'deleteClass', class: each.id });
    }

    // Head

    const title = h('h1', {});
    const titleName = h('bdi', {});
    const count = h('span', { class: 'count', dataset: { testid: 'count' }, role: 'status' });
    title.append(titleName);
    const search = h('input', { type: 'search', value: text, placeholder: t('data.search'), 'aria-label': t('data.search'), dataset: { testid: 'filter-text' }, oninput: () => {
        clearTimeout(typeTimer);
        typeTimer = setTimeout(() => { text = search.value.trim(); grid.reload({ reset: true }); }, 180);
    }, onkeydown: event => { if (event.key === 'ArrowDown') { event.preventDefault(); grid.focusIndex(0); } } });
    const sizer = h('div', { class: 'segments', role: 'group', 'aria-label': t('data.size') },
        iconButton('minus', `${t('data.size')}: −`, { onclick: () => resize(-1) }), iconButton('plus', `${t('data.size')}: +`, { onclick: () => resize(1) }));
    const files = h('input', { type: 'file', multiple: true, accept: 'image/*', class: 'hidden', tabindex: -1, 'aria-label': t('data.addFiles'), dataset: { testid: 'file-input' }, onchange: () => take(files) });
    const folder = h('input', { type: 'file', webkitdirectory: '', class: 'hidden', tabindex: -1, 'aria-label': t('data.addFolder'), onchange: () => take(folder) });
    const addItems = () => [
        { label: t('data.addFiles'), icon: 'image', run: () => files.click() },
        { label: t('data.addFolder'), icon: 'folder', run: () => folder.click() },
        { label: t('data.scan'), icon: 'refresh', run: scan },
    ];
    const add = menuButton([icon('plus'), h('span', {}, t('data.add'))], addItems, { class: 'primary', 'aria-label': t('data.add') });
    const more = menuButton(icon('more'), () => [
        ...['path', 'added', 'class'].map(each => ({ label: t(`data.order.${each}`), checked: order === each, run: () => { order = each; grid.reload({ reset: true }); } })), null,
        { label: t('data.shortcuts'), icon: 'keyboard', run: showKeys },
        { label: t('data.export'), icon: 'download', run: () => { location.href = api.url('table'); } },
        store.readOnly ? undefined : { label: t('data.scan'), icon: 'refresh', run: scan },
    ], { class: 'icon-button', 'aria-label': t('data.more'), title: t('data.more') });
    const sideButton = h('button', { type: 'button', class: 'side-button', popovertarget: 'data-side' }, icon('filter'), h('span', {}, t('data.filters')));

    function resize(step) {
        const names = Object.keys(sizes);
        size = names[Math.max(0, Math.min(names.length - 1, names.indexOf(size) + step))];
        grid.setMinimum(sizes[size]);
    }

    function drawHead() { titleName.textContent = titleName.title = filterName(); }

    const scan = () => api.post('scan').catch(toastError);
    const take = input => { const chosen = chosenFiles(input); input.value = ''; if (chosen.length) uploadFiles(chosen, filter.kind === 'class' && !chosen.some(each => each.folder) ? filter.value : null).catch(toastError); };

    const showKeys = () => openDialog({
        title: t('data.shortcuts'), actions: [{ label: t('close'), value: '' }],
        body: [h('dl', { class: 'keys' }, [['← ↑ → ↓', 'keys.move'], ['Shift + ←→', 'keys.extend'], ['Space', 'keys.toggle'], ['Ctrl + A', 'keys.all'], ['1–9, A–Z', 'keys.assign'], ['0', 'keys.unlabel'],
            ['Enter', 'keys.open'], ['Delete', 'keys.remove'], ['Esc', 'keys.clear'], ['/', 'keys.search'], ['Ctrl + Z, Ctrl + ⇧ + Z', 'keys.undo']].map(([key, name]) => h('div', {}, h('dt', {}, t(name)), h('dd', {}, h('kbd', {}, key)))))],
    });

    // Selection

    const selectedText = h('b', { class: 'selected-count', role: 'status' });
    const assignBox = h('div', { class: 'assign', role: 'group', 'aria-label': t('data.assign') });
    const selectionBar = h('section', { class: 'selection-bar', hidden: true, 'aria-label': t('data.selection') }, h('div', { class: 'selection-head' }, selectedText, h('div', { class: 'selection-tools' },
        h('button', { type: 'button', class: 'quiet', onclick: () => open(grid.active) }, icon('eye'), h('span', {}, t('data.open'))),
        store.readOnly ? null : menuButton([icon('flag'), h('span', {}, t('data.split'))], () => ['auto', 'train', 'val', 'test'].map(each => ({
            label: t(`data.split.${each}`), icon: each === 'test' ? 'flag' : 'blank', run: () => { const ids = [...grid.selection]; send({ kind: 'split', photos: ids, split: each === 'auto' ? null : each }, t('data.done.split', { count: ids.length })); },
        })), { class: 'quiet' }),
        store.readOnly ? null : h('button', { type: 'button', class: 'quiet', dataset: { testid: 'remove' }, onclick: () => removeOrRestore() }),
        iconButton('close', t('data.clear'), { onclick: () => { grid.clear(); grid.focusIndex(grid.active); } }))), assignBox);
    let drawnClasses = '';

    function drawSelection() {
        const { selection } = grid;
        selectionBar.hidden = !selection.size;
        if (selection.size) document.body.dataset.foot = 'selection'; else delete document.body.dataset.foot;
        selectedText.textContent = t('data.selected', { count: selection.size });
        const signature = JSON.stringify([store.state.classes.map(each => [each.id, each.name]), filter.kind]);
        if (!selection.size || signature === drawnClasses) return;
        drawnClasses = signature;
        const isRemoved = filter.kind === 'removed';
        const remove = selectionBar.querySelector('[data-testid=remove]');
        remove?.replaceChildren(icon(isRemoved ? 'restore' : 'trash'), h('span', {}, t(isRemoved ? 'data.restore' : 'data.remove')));
        assignBox.hidden = store.readOnly || isRemoved;
        assignBox.replaceChildren(...store.state.classes.map((each, index) => h('button', { type: 'button', class: 'assign-class', title: t('data.assignTo', { name: each.name }), onclick: () => assign([...grid.selection], each.id) },
            classKey(index) ? h('kbd', { class: 'key' }, classKey(index).toUpperCase()) : null, classDot(index), h('bdi', {}, each.name))),
        h('button', { type: 'button', class: 'assign-class', onclick: () => assign([...grid.selection], null) }, h('kbd', { class: 'key' }, '0'), t('data.unlabel')));
    }

    async function assign(ids, classID) {
        if (store.readOnly || !ids.length) return false;
        const set = new Set(ids);
        grid.patch(set, photo => { photo.class = classID; });
        // Photos that leave the filter leave the selection.
        if (filter.kind === 'unlabeled' && classID !== null || filter.kind === 'class' && classID !== filter.value) grid.clear();
        const message = classID === null ? t('data.done.unlabel', { count: ids.length }) : t('data.done.label', { count: ids.length, name: store.classById(classID)?.name });
        const isDone = Boolean(await send({ kind: 'label', photos: ids, class: classID }, message));
        if (!isDone && !isGone) grid.reload();
        return isDone;
    }

    async function removeOrRestore() {
        const ids = [...grid.selection];
        const kind = filter.kind === 'removed' ? 'restore' : 'remove';
        if (!ids.length || store.readOnly) return;
        grid.clear();
        await send({ kind, photos: ids }, t(`data.done.${kind}`, { count: ids.length }));
    }

    // Grid

    const place = h('div', { class: 'data-place' });
    const gridElement = h('div', {});
    const empty = h('div', { class: 'data-empty', hidden: true });
    const grid = new VirtualGrid(gridElement, {
        minimum: sizes[size], label: t('data.grid'), loadingLabel: t('grid.loading'),
        tile: photo => { const tile = photoTile(photo, { defers: true }); tile.draggable = !store.readOnly; return tile; },
        update: (tile, photo) => updateTile(tile, photo, { defers: true }),
        reveal: revealTile,
        fetch: (offset, limit) => api.get('photos', { ...query(), offset, limit }).then(({ total, photos }) => ({ total, items: photos })),
        ids: () => api.get('photos/ids', query()).then(({ ids }) => ids),
        onactivate: (photo, index) => open(index),
        onselection: drawSelection,
        onload: total => { count.textContent = t('photos', { count: total }); drawEmpty(total); },
        onerror: error => { if (error.code !== 'offline') toastError(error); },
    });

    function drawEmpty(total) {
        empty.hidden = total > 0;
        gridElement.classList.toggle('is-empty', total === 0);
        if (total) return;
        const isFresh = store.state.counts.photos === 0 && filter.kind === 'all' && !text;
        const isDone = filter.kind === 'unlabeled' && !text && store.state.counts.photos > 0;
        const showAll = h('button', { type: 'button', onclick: () => { text = search.value = ''; choose({ kind: 'all' }); } }, t('data.showAll'));
        empty.replaceChildren(isFresh && !store.readOnly
            ? h('div', { class: 'empty is-drop' }, icon('upload'), h('h2', {}, t('data.empty')), h('p', {}, t('data.emptyText')),
                h('div', { class: 'empty-actions' }, h('button', { type: 'button', class: 'primary', onclick: () => files.click() }, icon('image'), t('data.addFiles')), h('button', { type: 'button', onclick: () => folder.click() }, icon('folder'), t('data.addFolder'))),
                h('p', { class: 'soft' }, t('data.emptyFolder', { folder: store.state.project.folder })), h('button', { type: 'button', class: 'link', onclick: scan }, t('data.scan')))
            : isDone ? emptyState({ name: 'check', title: t('data.allLabeled'), text: t('data.allLabeledText'), actions: [h('a', { class: 'button primary', href: '#/train' }, t('label.train')), showAll] })
                : emptyState({ name: 'search', title: t('data.nothing'), text: t('data.nothingText'), actions: [showAll] }));
    }

    async function open(index) {
        const ids = await grid.idsInOrder().catch(() => null);
        if (!ids?.length) return;
        // A list of its own: photos that get a class may leave the filter while the viewer is open.
        const own = new Map();
        const at = async each => {
            const id = ids[each];
            if (!own.has(id)) own.set(id, grid.find(id) ?? await api.get(`photos/${id}`));
            return own.get(id);
        };
        const label = async (photo, classID, viewer) => {
            // A second press while the next photo is on its way is not meant for this one.
            if (viewer.photo !== photo) return;
            const before = photo.class;
            photo.class = classID;
            viewer.next();
            viewer.update();
            if (await assign([photo.id], classID)) return;
            photo.class = before;
            viewer.update();
        };
        openViewer({ length: ids.length, at, find: id => ids.indexOf(id) }, Math.min(index, ids.length - 1), {
            onclose: last => { if (grid.total && !isGone) grid.focusIndex(Math.min(last, grid.total - 1)); },
            onkey: (event, photo, viewer) => { const chosen = classForKey(event); if (chosen && !store.readOnly) label(photo, chosen.id, viewer); },
            actions: (photo, viewer) => store.readOnly ? [] : [h('div', { class: 'viewer-classes', role: 'group', 'aria-label': t('data.assign') },
                store.state.classes.map((each, position) => h('button', { type: 'button', class: 'assign-class', 'aria-pressed': photo.class === each.id, onclick: () => label(photo, each.id, viewer) },
                    classKey(position) ? h('kbd', { class: 'key' }, classKey(position).toUpperCase()) : null, classDot(position), h('bdi', {}, each.name))))],
        });
    }

    // Dragging: tiles onto classes, files onto the page or onto classes

    gridElement.addEventListener('dragstart', event => {
        const photo = grid.item(grid.indexOf(event.target));
        if (!photo) return;
        if (!grid.selection.has(photo.id)) grid.select([photo.id]);
        event.dataTransfer.setData(dragType, '1');
        event.dataTransfer.effectAllowed = 'copyMove';
        const ghost = h('div', { class: 'drag-ghost' }, t('data.dragging', { count: grid.selection.size }));
        document.body.append(ghost);
        event.dataTransfer.setDragImage(ghost, -12, 12);
        setTimeout(() => ghost.remove());
    });
    gridElement.addEventListener('contextmenu', event => {
        const index = grid.indexOf(event.target);
        const photo = grid.item(index);
        if (!photo || store.readOnly) return;
        event.preventDefault();
        if (!grid.selection.has(photo.id)) grid.select([photo.id]);
        openMenu(event.target.closest('.tile'), [
            { label: t('data.open'), icon: 'eye', run: () => open(index) }, null,
            ...store.state.classes.slice(0, 12).map((each, position) => ({ label: each.name, node: classDot(position), run: () => assign([...grid.selection], each.id) })),
            { label: t('data.unlabel'), icon: 'blank', run: () => assign([...grid.selection], null) }, null,
            { label: t(filter.kind === 'removed' ? 'data.restore' : 'data.remove'), icon: filter.kind === 'removed' ? 'restore' : 'trash', run: removeOrRestore },
        ]);
    });

    function dropTarget(element, classID) {
        let depth = 0;
        const accepts = event => event.dataTransfer.types.includes('Files') || classID !== null && event.dataTransfer.types.includes(dragType);
        const mark = value => { depth = value; element.classList.toggle('is-drop', depth > 0); };
        element.addEventListener('dragenter', event => { if (accepts(event)) { event.preventDefault(); mark(depth + 1); } });
        element.addEventListener('dragleave', event => { if (accepts(event)) mark(Math.max(0, depth - 1)); });
        element.addEventListener('dragover', event => { if (accepts(event)) { event.preventDefault(); event.dataTransfer.dropEffect = event.dataTransfer.types.includes('Files') ? 'copy' : 'move'; } });
        element.addEventListener('drop', event => {
            mark(0);
            if (!accepts(event) || event.defaultPrevented) return;
            event.preventDefault();
            if (event.dataTransfer.types.includes(dragType)) assign([...grid.selection], classID);
            else droppedFiles(event.dataTransfer).then(found => uploadFiles(found, classID)).catch(toastError);
        });
    }

    // The view

    place.append(gridElement, empty, h('div', { class: 'drop-hint', 'aria-hidden': 'true' }, icon('upload'), t('data.drop')));
    const pane = h('section', { class: 'data-pane', dataset: { testid: 'drop-zone' }, 'aria-label': t('data.title') },
        h('div', { class: 'data-head' }, h('div', { class: 'data-title' }, title, count), sideButton, search, sizer, more, store.readOnly ? null : add),
        uploadPanel, place, selectionBar, files, folder);
    if (!store.readOnly) dropTarget(pane, null);
    container.append(side, pane);

    const reload = () => { reloadTimer ||= setTimeout(() => { reloadTimer = 0; grid.reload(); }, 300); };
    ends.push(
        store.on('state', () => { if (filter.kind === 'class' && !store.classById(filter.value)) return choose({ kind: 'all' }); drawSide(); drawHead(); drawSelection(); }),
        store.on('change', change => { if (change.kinds.some(kind => kind === 'photos' || kind === 'classes' || kind === 'findings' && filter.kind === 'finding')) reload(); }));

    const onkey = event => {
        if (isTyping(event) || event.defaultPrevented) return;
        const command = event.ctrlKey || event.metaKey || event.altKey;
        const chosen = classForKey(event);
        const ids = grid.selection.size ? [...grid.selection] : gridElement.contains(document.activeElement) && grid.item(grid.active) ? [grid.item(grid.active).id] : [];
        if (event.key === '/' && !command) search.focus();
        else if (event.key === 'Escape' && grid.selection.size) grid.clear();
        else if (!ids.length || filter.kind === 'removed' && event.key !== 'Delete') return;
        else if (chosen) assign(ids, chosen.id);
        else if (event.key === '0' && !command) assign(ids, null);
        else if (event.key === 'Delete' && !command) { if (!grid.selection.size) grid.select(ids); removeOrRestore(); } else return;
        event.preventDefault();
    };
    addEventListener('keydown', onkey);
    ends.push(() => removeEventListener('keydown', onkey));

    if (filter.kind === 'class' && !store.classById(filter.value)) filter = { kind: 'all' };
    drawSide();
    drawHead();
    grid.reload();

    return { unmount() { isGone = true; delete document.body.dataset.foot; clearTimeout(reloadTimer); clearTimeout(typeTimer); grid.destroy(); for (const end of ends) end(); } };
}
