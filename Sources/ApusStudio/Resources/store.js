// What the page knows of the project: the state, kept current by the server's events, and the edits in their order.

import { api } from './api.js';

const listeners = new Map();
const emit = (event, value) => { for (const listener of [...listeners.get(event) ?? []]) listener(value); };

let edits = Promise.resolve();
let current = null;    // the refresh under way
let again = false;
let source = null;
let wasOpen = false;

/** Runs after all edits before it, so that the server sees them in the order of the key presses. */
function inOrder(work) {
    store.pending += 1;
    const result = edits.then(work).finally(() => { store.pending -= 1; });
    edits = result.catch(() => {});
    return result;
}

async function step(path) {
    emit(path);
    const result = await inOrder(() => api.post(path));
    store.refresh();
    return result.summary;
}

export const store = {
    /** The server's State; null before the first answer. */
    state: null,
    /** The number of edits that the server has not confirmed yet. */
    pending: 0,

    /** Events: state, change {revision, kinds}, job, run, undo, redo, online (Boolean). Returns a function that ends it. */
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
        const result = await inOrder(() => api.post('edits', edit));
        if (store.state) {
            Object.assign(store.state, { revision: result.revision, undo: result.summary, redo: null });
            emit('state', store.state);
        }
        store.refresh().catch(() => {});
        return result;
    },

    undo: () => step('undo'),
    redo: () => step('redo'),

    /** Listens to the server's events; the browser connects again by itself after a break. */
    connect() {
        source?.close();
        source = new EventSource(api.url('events'));
        source.addEventListener('open', () => {
            emit('online', true);
            store.refresh().catch(() => {});
            // What changed during a break is not known: everything may have.
            if (wasOpen) emit('change', { revision: store.state?.revision ?? 0, kinds: ['photos', 'classes', 'findings', 'runs', 'head', 'features'] });
            wasOpen = true;
        });
        source.addEventListener('error', () => emit('online', false));
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
        });
        source.addEventListener('run', event => {
            const run = JSON.parse(event.data);
            if (store.state) replace(store.state.runs, run, 'name');
            emit('run', run);
        });
    },
};
