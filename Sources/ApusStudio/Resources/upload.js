// Photos that are dropped or chosen: reading folders, asking what their folders mean, sending file by file.

import { api } from './api.js';
import { announce, h, icon, iconButton, openDialog, progressBar, toast } from './ui.js';
import { store } from './store.js';
import { t } from './words.js';

const largest = 64e6;
const atOnce = 3;
const isImage = file => file.type.startsWith('image/') || file.type === '' && /\.(jpe?g|jxl|heic|heif|avif|webp|tiff?|bmp|gif|png|pgm|ppm|pnm|pbm|qoi|tga|ico|jp2|j2k|dng)$/i.test(file.name);

/** What was dropped, as [{file, folder}]: `folder` is the name of the folder that holds the file, or null. Call it during the event. */
export function droppedFiles(transfer) {
    // Entries are only there until the handler of the event returns.
    const entries = [...transfer.items].filter(item => item.kind === 'file').map(item => item.webkitGetAsEntry?.() ?? item.getAsFile()).filter(Boolean);
    return (async () => {
        const found = [];
        for (const entry of entries) await walk(entry, null, found);
        return found;
    })();
}

async function walk(entry, folder, found) {
    if (entry instanceof File) { found.push({ file: entry, folder }); return; }
    if (entry.isFile) {
        if (folder !== null && entry.name.startsWith('.')) return;
        try { found.push({ file: await new Promise((done, fail) => entry.file(done, fail)), folder }); } catch (error) { found.push({ file: { name: entry.name }, folder, problem: error.message }); }
        return;
    }
    if (entry.name.startsWith('.')) return;
    const reader = entry.createReader();
    // A reader gives at most 100 entries a call.
    for (;;) {
        const batch = await new Promise((done, fail) => reader.readEntries(done, fail));
        if (!batch.length) break;
        for (const each of batch) await walk(each, entry.name, found);
    }
}

/** The files of an <input>, which may have chosen a folder. */
export const chosenFiles = input => [...input.files].filter(file => !file.name.startsWith('.')).map(file => ({ file, folder: file.webkitRelativePath ? file.webkitRelativePath.split('/').at(-2) ?? null : null }));

/** Asks for the class of each folder. Returns a Map of folder -> {class} or {className} or {}; null if the user cancels. */
async function askFolders(files) {
    const counts = new Map();
    for (const { folder } of files) if (folder !== null) counts.set(folder, (counts.get(folder) ?? 0) + 1);
    if (!counts.size) return new Map();
    const { classes } = store.state;
    const selects = [...counts].sort(([a], [b]) => a.localeCompare(b)).map(([folder, count]) => {
        const same = classes.find(each => each.name.toLowerCase() === folder.toLowerCase());
        const select = h('select', { 'aria-label': folder, value: same ? String(same.id) : counts.size > 1 ? 'new' : '' },
            same ? null : h('option', { value: 'new' }, t('upload.newClass', { name: folder })),
            h('option', { value: '' }, t('upload.noLabel')),
            classes.map(each => h('option', { value: String(each.id) }, t('upload.asClass', { name: each.name }))));
        return { folder, count, select };
    });
    const answer = await openDialog({
        title: t('upload.title', { count: files.length }), className: 'is-reversed',
        body: [h('p', {}, t('upload.text')), h('div', { class: 'folders' }, selects.map(({ folder, count, select }) => h('label', { class: 'folder' },
            icon('folder'), h('bdi', { class: 'folder-name', title: folder }, folder), h('span', { class: 'soft' }, t('photos', { count })), select)))],
        actions: [{ label: t('upload.action'), value: 'ok', class: 'primary' }, { label: t('cancel'), value: '' }],
    });
    if (answer !== 'ok') return null;
    return new Map(selects.map(({ folder, select }) => [folder, select.value === 'new' ? { className: folder } : select.value ? { class: select.value } : {}]));
}

/** Where progress and failures are shown, a part for each drop. It outlives the view: sending goes on when the user looks at another one. */
export const uploadPanel = h('section', { class: 'upload', hidden: true });

let sending = Promise.resolve();

/** Sends files, one class for all (classID) or asked for by folder, after those before. Resolves when all are sent. */
export async function uploadFiles(files, classID = null) {
    const photos = files.filter(each => each.folder === null || each.problem || isImage(each.file));
    const skipped = files.length - photos.length;
    if (!photos.length) { toast(t('upload.none'), { kind: 'error' }); return; }
    const meaning = classID === null ? await askFolders(photos) : new Map();
    if (!meaning) return;

    const abort = new AbortController();
    const bar = progressBar(t('upload.progress', { done: 0, total: photos.length }), 0);
    const text = h('span', { class: 'upload-text' });
    const part = h('div', { class: 'upload-part' }, text, bar, iconButton('close', t('cancel'), { onclick: () => abort.abort() }));
    const close = () => { part.remove(); uploadPanel.hidden = !uploadPanel.childElementCount; };
    const show = done => { text.textContent = t('upload.progress', { done, total: photos.length }); bar.set(done / photos.length); };
    show(0);
    uploadPanel.append(part);
    uploadPanel.hidden = false;

    const work = sending.then(() => send(photos, file => classID === null ? meaning.get(file.folder) : { class: classID }, abort.signal, show));
    sending = work.catch(() => {});
    const { added, known, failures } = await work.catch(error => { close(); throw error; });
    store.refresh().catch(() => {});

    const summary = [t(abort.signal.aborted ? 'upload.canceled' : 'upload.done', { count: added }), known ? t('upload.known', { count: known }) : '', skipped ? t('upload.skipped', { count: skipped }) : ''].filter(Boolean).join(' ');
    if (!failures.length) { close(); toast(summary); return; }
    const failed = t('upload.failed', { count: failures.length });
    part.replaceChildren(h('p', { class: 'upload-summary' }, summary),
        h('details', { class: 'failures', open: true }, h('summary', {}, icon('warning'), failed),
            h('ul', {}, failures.slice(0, 500).map(each => h('li', {}, h('bdi', { class: 'failure-name' }, each.name), h('span', { class: 'soft' }, each.reason))))),
        iconButton('close', t('close'), { onclick: close }));
    announce(`${summary} ${failed}`);
}

/** Several at once. Every file that is not sent is named, unless the user canceled. */
async function send(photos, meaning, signal, show) {
    const failures = [];
    let next = 0, done = 0, added = 0, known = 0, fatal = null;
    const fail = ({ file, folder }, reason) => failures.push({ name: folder === null ? file.name : `${folder}/${file.name}`, reason });
    async function worker() {
        while (next < photos.length && !fatal && !signal.aborted) {
            const each = photos[next];
            next += 1;
            try {
                if (each.problem) throw new Error(each.problem);
                if (each.file.size > largest) throw new Error(t('upload.large'));
                const { isNew } = await api.post('upload', each.file, { signal, query: { name: each.file.name, ...meaning(each) } });
                if (isNew === false) known += 1; else added += 1;
            } catch (error) {
                if (error.name === 'AbortError') return;
                fail(each, error.message);
                if (['offline', 'access', 'readOnly'].includes(error.code)) fatal = error;
            }
            done += 1;
            show(done);
        }
    }
    await Promise.all(Array.from({ length: atOnce }, worker));
    if (fatal && !signal.aborted) for (const each of photos.slice(next)) fail(each, fatal.message);
    return { added, known, failures };
}
