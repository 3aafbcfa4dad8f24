// Requests to the studio. Paths are relative to /api/: api.get('photos', {limit: 200}).

import { serverText, t } from './words.js';

/** An answer that is no success. `code` is the server's, or 'offline' when there is no answer, or 'access' for a lost cookie. */
export class ApiError extends Error {
    constructor(message, code, status = 0) {
        super(message);
        Object.assign(this, { name: 'ApiError', code, status });
    }
}

const url = (path, query = {}) => {
    const pairs = Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== '');
    const text = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
    return `/api/${path.replace(/^\/?(api\/)?/, '')}${text && (path.includes('?') ? '&' : '?')}${text}`;
};

async function ask(path, options) {
    let response;
    try {
        response = await fetch(path, { credentials: 'same-origin', cache: 'no-store', ...options });
    } catch (error) {
        if (error.name === 'AbortError') throw error;
        api.onoffline(true);
        throw new ApiError(t('offline.error'), 'offline');
    }
    api.onoffline(false);
    const type = response.headers.get('Content-Type') ?? '';
    const isJSON = type.startsWith('application/json');
    if (!response.ok) {
        const body = isJSON ? await response.json().catch(() => ({})) : {};
        if (response.status === 401) throw new ApiError(t('offline.access'), 'access', 401);
        throw new ApiError(serverText(body.error) ?? t('error.status', { status: response.status }), body.code ?? 'failed', response.status);
    }
    if (response.status === 204) return null;
    if (isJSON) return response.json();
    return type.startsWith('text/') ? response.text() : response.blob();
}

export const api = {
    /** The address of a path below /api/, with a query. */
    url,
    /** JSON as a value, text as a string, everything else as a Blob. */
    get: (path, query, { signal } = {}) => ask(url(path, query), { signal }),
    /** Sends JSON, or the bytes of a Blob as they are. */
    post: (path, body, { signal, query } = {}) => ask(url(path, query), {
        method: 'POST', signal,
        headers: { 'Content-Type': body instanceof Blob ? 'application/octet-stream' : 'application/json' },
        body: body instanceof Blob ? body : JSON.stringify(body ?? {}),
    }),
    /** Called with true when the server does not answer, and with false when it does. */
    onoffline() {},
    thumbnail: photo => url(`thumbnails/${photo.id}`, { v: photo.version }),
    image: (photo, size = 1600) => url(`images/${photo.id}`, { size, v: photo.version }),
};
