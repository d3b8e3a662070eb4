// Shows how much of a file has gone up: <form data-upload> with a hidden .progress block inside.
// The form posts the same way without this file.
(() => {
  "use strict";
  const parts = (form) => [form.querySelector("progress"), form.querySelector("[data-upload-words]")];
  document.addEventListener("htmx:xhr:progress", (event) => {
    const form = event.target.closest("form[data-upload]");
    if (!form || !event.detail.lengthComputable) return;
    const [bar, words] = parts(form);
    const share = Math.round((event.detail.loaded / event.detail.total) * 100);
    bar.closest(".progress").hidden = false;
    bar.value = share;
    if (words && share % 5 === 0) words.textContent = `${words.dataset.uploadWords} ${share}%`;
  });
  document.addEventListener("htmx:sendError", (event) => {
    const form = event.target.closest("form[data-upload]");
    if (form) parts(form)[1].textContent = form.dataset.upload;
  });
})();
