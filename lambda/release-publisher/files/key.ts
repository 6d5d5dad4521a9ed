/** A key as it stands in URLs. */

/** All but letters, digits and `-._~`, as signatures want it. */
export const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);

export const encodeKey = (key: string) => key.split('/').map(encode).join('/');
