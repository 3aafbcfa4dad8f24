// What the page knows of the project: the state, kept current by the server's events, and the edits in their order.

import { api } from './api.js';

const listeners = new Map();
const emit = (event, value) => { for (const listener of [...listeners.get(event) ?? []]) listener(value); };

let edits = Promise.resolve();
let current = null;    // the refresh under way
let again = false;
let source = null;
let wasOpen = false;
let isWanted = false;  // whether the page listens while it is in sight
let timer = 0;

// What the server undoes and redoes next, as far as this page made it: the latest last. An entry without an edit is
// one of others.
const done = [], undone = [];
let known = null;      // the revision after the last answer: a gap shows edits of others
let isUnsure = false;  // an answer was lost: the server may have done what it was asked

/** Runs after all edits before it, so that the server sees them in the order of the key presses. */
function inOrder(work) {
    store.pending += 1;
    const result = edits.then(work).finally(() => { store.pending -= 1; });
    edits = result.catch(() => {});
    return result;
}

function drop(entry) {
    entry.isVoid = true;
    for (const list of [done, undone]) if (list.includes(entry)) list.splice(list.indexOf(entry), 1);
}

/** What is left of the lists is what the server has not answered yet: that comes later than the edits of others. */
function forget() { for (const list of [done, undone]) list.splice(0, Infinity, ...list.filter(each => each.isPending)); }

/** Others have changed the project. */
function noteOthers() {
    forget();
    emit('others');
}

/** Takes the latest edit back, or applies it again. The page shows it at once; what it cannot know follows as `replayed`. */
async function step(path) {
    const [from, to] = path === 'undo' ? [done, undone] : [undone, done];
    const entry = from.pop() ?? { edit: null };
    to.push(entry);
    emit(path, entry.edit);
    try {
        const result = await inOrder(async () => {
            // What never took place needs no undo.
            if (entry.isVoid) return null;
            const answer = await api.post(path);
            const isKnown = answer.revision === known + 1;
            known = answer.revision;
            return { ...answer, isKnown };
        });
        if (!result) return null;
        if (!result.summary) drop(entry);
        if (result.summary ? !result.isKnown : entry.edit) forget();
        if (result.summary || entry.edit) emit('replayed', result.summary && result.isKnown ? entry.edit : null);
        return result.summary;
    } catch (error) {
        isUnsure ||= error.code === 'offline';
        if (to.at(-1) === entry) {
            from.push(to.pop());
            if (entry.edit) emit(path === 'undo' ? 'redo' : 'undo', entry.edit);
        } else {
            // More was done since, on top of what did not happen.
            forget();
            emit('replayed', null);
        }
        throw error;
    } finally {
        store.refresh().catch(() => {});
    }
}

/** Others may have changed the project since the last answer. */
function follow(state) {
    if (known !== null && (store.pending || state.revision < known)) return;
    const isNews = known !== null && state.revision > known;
    known = state.revision;
    if (isNews) noteOthers();
    if (isNews && isUnsure) emit('replayed', null);
    isUnsure = false;
}

/** Tells the page of the jobs and runs that changed while it did not listen. */
function catchUp(before, after) {
    for (const [event, list, key] of [['job', 'jobs', 'id'], ['run', 'runs', 'name']]) {
        const old = new Map(before[list].map(each => [each[key], JSON.stringify(each)]));
        for (const each of after[list]) if (old.get(each[key]) !== JSON.stringify(each)) emit(event, each);
    }
}

function disconnect() {
    clearTimeout(timer);
    source?.close();
    source = null;
}

// A browser has six connections to a server for all its pages: one that is out of sight keeps none.
document.addEventListener('visibilitychange', () => {
    if (document.hidden) disconnect(); else if (isWanted) store.connect();
});

export const store = {
    /** The server's State; null before the first answer. */
    state: null,
    /** The number of edits that the server has not confirmed yet. */
    pending: 0,

    /**
     * Events: state, change {revision, kinds}, job, run, online (Boolean). Returns a function that ends it.
     * undo and redo come before the server's answer, with the edit that it is about; null if another page made it. If
     * the server fails, the opposite follows. replayed comes after the answer, with the edit; null: anything may have changed.
     * others comes when another page or program has changed the project.
     */
    on(event, listener) {
        if (!listeners.has(event)) listeners.set(event, new Set());
        listeners.get(event).add(listener);
        return () => listeners.get(event).delete(listener);
    },

    classById: id => store.state?.classes.find(each => each.id === id) ?? null,
    get readOnly() { return store.state?.project.readOnly ?? false; },

    /** Reads the state again. Calls during a refresh become one more refresh. */
    refresh() {
        if (current) { again = true; return current; }
        current = api.get('state').then(state => {
            store.state = state;
            follow(state);
            emit('state', state);
            return state;
        }).finally(() => {
            current = null;
            if (again) setTimeout(() => { if (!current) store.refresh().catch(() => {}); }, 250);
            again = false;
        });
        return current;
    },

    /** Sends an edit after the edits before it. The answer is {revision, summary, created}. */
    async edit(edit) {
        const entry = { edit, isVoid: false, isPending: true };
        done.push(entry);
        undone.length = 0;
        const result = await inOrder(async () => {
            try {
                const answer = await api.post('edits', edit);
                // An edit that changed nothing is not part of undo.
                if (answer.revision === known) drop(entry);
                else if (known !== null && answer.revision !== known + 1) noteOthers();
                known = answer.revision;
                return answer;
            } catch (error) {
                drop(entry);
                isUnsure ||= error.code === 'offline';
                throw error;
            } finally {
                entry.isPending = false;
            }
        });
        if (store.state && !entry.isVoid) {
            Object.assign(store.state, { revision: result.revision, undo: result.summary, redo: null });
            emit('state', store.state);
        }
        store.refresh().catch(() => {});
        return result;
    },

    undo: () => step('undo'),
    redo: () => step('redo'),

    /** Resolves when the server has answered all edits. */
    async settled() { while (store.pending) await edits; },

    /** Listens to the server's events. The browser connects again by itself after a break, but not after a refusal. */
    connect() {
        isWanted = true;
        disconnect();
        if (document.hidden) { wasOpen = true; return; }
        source = new EventSource(api.url('events'));
        source.addEventListener('open', async () => {
            emit('online', true);
            // What changed during a break is not known: everything may have.
            if (wasOpen) emit('change', { revision: store.state?.revision ?? 0, kinds: ['photos', 'classes', 'findings', 'runs', 'head', 'features'] });
            wasOpen = true;
            const before = store.state;
            const after = await store.refresh().catch(() => null);
            if (before && after) catchUp(before, after);
        });
        source.addEventListener('error', () => {
            if (source?.readyState === EventSource.CLOSED) timer = setTimeout(store.connect, 3000);
            emit('online', false);
        });
        source.addEventListener('change', event => {
            emit('change', JSON.parse(event.data));
            store.refresh().catch(() => {});
        });
        const replace = (list, value, key) => {
            const index = list.findIndex(each => each[key] === value[key]);
            if (index < 0) list.push(value); else list[index] = value;
        };
        source.addEventListener('job', event => {
            const job = JSON.parse(event.data);
            if (store.state) replace(store.state.jobs, job, 'id');
            emit('job', job);
            // Its results, such as an export, are part of the state.
            if (['done', 'failed', 'canceled'].includes(job.state)) store.refresh().catch(() => {});
        });
        source.addEventListener('run', event => {
            const run = JSON.parse(event.data);
            if (store.state) replace(store.state.runs, run, 'name');
            emit('run', run);
        });
    },
};
