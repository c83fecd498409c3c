/* SPDX-License-Identifier: Apache-2.0 */
'use strict';
document.querySelector('form.form-post').submit();
