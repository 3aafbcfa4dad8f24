// Photos that are dropped or chosen: reading folders, asking what their folders mean, sending file by file.

import { api } from './api.js';
import { h, icon, iconButton, openDialog, progressBar, toast } from './ui.js';
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

/** Where progress and failures are shown. It outlives the view: sending goes on when the user looks at another one. */
export const uploadPanel = h('section', { class: 'upload', role: 'status', hidden: true });

/** Sends files, one class for all (classID) or asked for by folder. Resolves when all are sent. */
export async function uploadFiles(files, classID = null) {
    const photos = files.filter(each => each.folder === null || each.problem || isImage(each.file));
    const skipped = files.length - photos.length;
    if (!photos.length) { toast(t('upload.none'), { kind: 'error' }); return; }
    const meaning = classID === null ? await askFolders(photos) : new Map();
    if (!meaning) return;

    const abort = new AbortController();
    const failures = [];
    let done = 0, added = 0, isFatal = null;
    const bar = progressBar(t('upload.progress', { done: 0, total: photos.length }), 0);
    const text = h('span', { class: 'upload-text' });
    uploadPanel.replaceChildren(text, bar, iconButton('close', t('cancel'), { onclick: () => abort.abort() }));
    uploadPanel.hidden = false;
    const show = () => { text.textContent = t('upload.progress', { done, total: photos.length }); bar.set(done / photos.length); };
    show();

    const waiting = photos.values();
    async function worker() {
        for (const { file, folder, problem } of waiting) {
            if (abort.signal.aborted || isFatal) return;
            try {
                if (problem) throw new Error(problem);
                if (file.size > largest) throw new Error(t('upload.large'));
                await api.post('upload', file, { signal: abort.signal, query: { name: file.name, ...classID === null ? meaning.get(folder) : { class: classID } } });
                added += 1;
            } catch (error) {
                if (error.name === 'AbortError') return;
                failures.push({ name: folder === null ? file.name : `${folder}/${file.name}`, reason: error.message });
                if (['offline', 'access', 'readOnly'].includes(error.code)) isFatal = error;
            }
            done += 1;
            show();
        }
    }
    await Promise.all(Array.from({ length: atOnce }, worker));
    store.refresh().catch(() => {});

    const summary = [t(abort.signal.aborted ? 'upload.canceled' : 'upload.done', { count: added }), skipped ? t('upload.skipped', { count: skipped }) : ''].filter(Boolean).join(' ');
    if (!failures.length) { uploadPanel.hidden = true; toast(summary); return; }
    uploadPanel.replaceChildren(h('p', { class: 'upload-summary' }, summary),
        h('details', { class: 'failures', open: true }, h('summary', {}, icon('warning'), t('upload.failed', { count: failures.length })),
            h('ul', {}, failures.slice(0, 500).map(each => h('li', {}, h('bdi', { class: 'failure-name' }, each.name), h('span', { class: 'soft' }, each.reason))))),
        iconButton('close', t('close'), { onclick: () => { uploadPanel.hidden = true; } }));
}
