"""A request that carries too much is refused before it is read."""

import json

from django.http import HttpResponse
from django.test import RequestFactory

from compliance_portal.limits import NullCharacterMiddleware, RequestSizeMiddleware


def refuse_to_read(request):
    return HttpResponse("read")


def answer(length):
    request = RequestFactory().post("/", CONTENT_LENGTH=length)
    return RequestSizeMiddleware(refuse_to_read)(request)


def test_a_body_over_200_mb_is_refused_with_a_sentence():
    response = answer(str(202 * 1024 * 1024))
    assert response.status_code == 413
    assert "larger than 200 MB" in response.content.decode()


def test_a_file_of_200_mb_with_its_form_is_let_through():
    assert answer(str(200 * 1024 * 1024 + 1000)).status_code == 200


def test_a_body_without_a_length_is_not_read():
    assert answer("").status_code == 200


def test_the_api_is_refused_in_its_own_form():
    nowhere = NullCharacterMiddleware(refuse_to_read)(RequestFactory().get("/api/v1/cases/%00/documents/"))
    too_large = RequestFactory().post("/api/v1/contracts/", CONTENT_LENGTH=str(300 * 1024 * 1024))
    assert (nowhere.status_code, json.loads(nowhere.content)) == (404, {"detail": "Not found."})
    refused = RequestSizeMiddleware(refuse_to_read)(too_large)
    assert "larger than 200 MB" in json.loads(refused.content)["detail"]
